//! What the audit knows of every chain and stream as far as it has read.

use std::collections::HashMap;

use truth_kernel::audit::{ChainName, ChainTail, EventRow, Place, StreamTails};
use truth_kernel::region::LogOrigin;

use super::{Step, sound};

pub(super) struct Chains<'p> {
    tails: HashMap<ChainName, ChainTail>,
    streams: StreamTails,
    events: u64,
    total: u64,
    progress: &'p mut (dyn FnMut(u64, u64) + Send),
}

impl<'p> Chains<'p> {
    pub fn new(total: u64, progress: &'p mut (dyn FnMut(u64, u64) + Send)) -> Self {
        Self { tails: HashMap::new(), streams: StreamTails::default(), events: 0, total, progress }
    }

    /// Events read.
    pub fn events(&self) -> u64 {
        self.events
    }

    pub fn streams(&self) -> &StreamTails {
        &self.streams
    }

    pub fn tail(&self, name: &ChainName) -> ChainTail {
        self.tails.get(name).copied().unwrap_or_default()
    }

    /// Chains with an event.
    pub fn names(&self) -> impl Iterator<Item = &ChainName> {
        self.tails.keys()
    }

    /// Takes the next row of a chain.
    pub fn advance(&mut self, name: &ChainName, log: &LogOrigin, row: &EventRow<'_>) -> Step {
        let tail = self.tails.entry(*name).or_default();
        let header = sound(tail.advance(name, log, row))?;
        if let Some(position) = &header.stream {
            let followed = self.streams.advance(name, position, &row.hash);
            let place = || Place::event(name, header.seq, Some(header.id)).in_stream(position.stream);
            sound(followed.map_err(|fault| fault.at("ledger_events", place())))?;
        }
        self.events += 1;
        Ok(())
    }

    /// Says how far the audit is.
    pub fn report(&mut self) {
        (self.progress)(self.events, self.total);
    }
}
