//! The members of a batch.

use super::{Event, FormatError, Log, Members, Opening, Unchecked};

pub(in crate::verify) struct Batch {
    pub log: Log,
    pub events: Vec<BatchEvent>,
    pub multiproof: Multiproof,
    pub checkpoint: String,
}

pub(in crate::verify) struct BatchEvent {
    pub index: Option<u64>,
    pub event: Event,
    pub opening: Option<Opening>,
}

pub(in crate::verify) struct Multiproof {
    pub size: Option<u64>,
    pub indices: Vec<Option<u64>>,
    pub hashes: Vec<String>,
}

impl Batch {
    pub(super) fn read(from: &mut Members, unchecked: &mut Unchecked) -> Result<Self, FormatError> {
        let log = Log::read(from, unchecked)?;
        let mut events = Vec::new();
        for (item, path) in from.list("events")? {
            let members = Members::of(item, path)?;
            events.push(BatchEvent::read(members, unchecked)?);
        }
        let mut proof = from.object("multiproof")?;
        let multiproof = Multiproof {
            size: proof.count("size")?,
            indices: proof.counts("indices")?,
            hashes: proof.texts("hashes")?,
        };
        proof.finish(unchecked);
        let checkpoint = from.text("checkpoint")?;
        Ok(Self { log, events, multiproof, checkpoint })
    }
}

impl BatchEvent {
    fn read(mut from: Members, unchecked: &mut Unchecked) -> Result<Self, FormatError> {
        let read = Self {
            index: from.count("index")?,
            event: Event::read(&mut from)?,
            opening: Opening::read(&mut from, unchecked)?,
        };
        from.finish(unchecked);
        Ok(read)
    }
}
