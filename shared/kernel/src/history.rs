//! The history document: a claim's events from the first to the signed head, without a gap.

use serde::Serialize;

use crate::evidence::{EventText, Inclusion, LogKeys, Opening, VERSION, signature};
use crate::note::{NoteSigner, VerifierKey};
use crate::stream::StreamHead;

/// All events of one stream, in order, and the head that says there are no more.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    version: u8,
    /// Which log.
    pub log: LogKeys,
    /// The events, `stream_seq` 1 to n.
    pub events: Vec<HistoryEvent>,
    /// The signed end of the stream.
    pub head: SignedHead,
    /// The signed note, byte for byte, once one covers an event of the stream.
    pub checkpoint: Option<String>,
}

/// One event of a stream.
#[derive(Debug, Clone, Serialize)]
pub struct HistoryEvent {
    /// The event.
    #[serde(flatten)]
    pub event: EventText,
    /// What the header commits to, if it is disclosed and not erased.
    pub opening: Option<Opening>,
    /// Where the event stands in the checkpoint's tree, once it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inclusion: Option<Inclusion>,
}

/// A stream head with the signature of the region's receipt key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedHead {
    statement: String,
    key: VerifierKey,
    #[serde(serialize_with = "signature")]
    signature: [u8; 64],
}

impl History {
    /// The history of a stream up to its head.
    pub const fn new(log: LogKeys, events: Vec<HistoryEvent>, head: SignedHead, checkpoint: Option<String>) -> Self {
        Self { version: VERSION, log, events, head, checkpoint }
    }
}

impl SignedHead {
    /// Signs a head with the region's receipt key.
    pub fn sign(signer: &NoteSigner, head: &StreamHead) -> Self {
        Self {
            statement: head.statement(),
            key: signer.verifier().clone(),
            signature: signer.sign_bytes(&head.signed_bytes()),
        }
    }
}
