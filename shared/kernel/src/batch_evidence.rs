//! The batch document: many events under one checkpoint, with one proof for all.

use serde::Serialize;

use crate::evidence::{EventText, LogKeys, Opening, VERSION};
use crate::hash::Hash;
use crate::multiproof::Multiproof;

/// Events, and the multiproof that one checkpoint's tree holds them all.
#[derive(Debug, Clone, Serialize)]
pub struct BatchEvidence {
    version: u8,
    log: LogKeys,
    events: Vec<BatchEvent>,
    multiproof: Multiproof,
    checkpoint: String,
}

/// One event of a batch.
#[derive(Debug, Clone, Serialize)]
pub struct BatchEvent {
    index: u64,
    #[serde(flatten)]
    event: EventText,
    opening: Option<Opening>,
}

/// A proof for other leaves than the given events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the multiproof is for other leaves than the events")]
pub struct OtherLeaves;

impl BatchEvidence {
    /// Events in the order of the multiproof's indices.
    pub fn new(
        log: LogKeys,
        events: Vec<BatchEvent>,
        multiproof: Multiproof,
        checkpoint: String,
    ) -> Result<Self, OtherLeaves> {
        let indices = events.iter().map(|event| &event.index);
        if !indices.eq(&multiproof.indices) {
            return Err(OtherLeaves);
        }
        Ok(Self { version: VERSION, log, events, multiproof, checkpoint })
    }
}

impl BatchEvent {
    /// The event that is leaf `index`.
    pub const fn new(index: u64, event: EventText, opening: Option<Opening>) -> Self {
        Self { index, event, opening }
    }

    /// The event hash.
    pub const fn hash(&self) -> Hash {
        self.event.hash()
    }
}
