//! The last checkpoint seen of every log: whatever a log shows later must contain it.
//!
//! This is what makes a ledger that forgets or forks its history be noticed: a tree once seen can
//! only grow.

mod alarm;
mod folder;

use std::fmt;

use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::note::VerifierKey;
use truth_kernel::region::LogOrigin;
use truth_kernel::tree::verify_consistency;

use crate::client::Client;
use crate::failure::Failure;

pub use alarm::Alarm;
pub use folder::StateFolder;

/// What is asked of a checkpoint: who may sign it, and what it must contain.
#[derive(Debug)]
pub struct Memory<'a> {
    /// Where checkpoints are remembered.
    pub folder: StateFolder,
    /// To ask for proofs of consistency.
    pub client: &'a Client,
    /// The keys to believe; none: signatures are not checked.
    pub trust: Vec<VerifierKey>,
}

/// A checkpoint that contains everything that was seen of its log before.
#[derive(Debug)]
pub struct Observed {
    checkpoint: Checkpoint,
    before: Option<u64>,
    signed: bool,
}

/// A note, and the checkpoint that it shows.
struct Seen {
    note: String,
    checkpoint: Checkpoint,
}

impl Memory<'_> {
    /// Holds a note against what is remembered of its log, and remembers it if it is newer.
    pub fn observe(&self, note: &str) -> Result<Observed, Failure> {
        let shown = self.open(note)?;
        let origin: LogOrigin = shown.checkpoint.origin.parse().map_err(|_| {
            Failure::Other(format!("{} is not the name of a log", shown.checkpoint.origin))
        })?;
        // Until it is remembered, so that two commands at once do not mistake each other's for a rollback.
        let _locked = self.folder.lock(&origin)?;
        let before = self.recall(&origin)?;
        if let Some(before) = &before {
            self.compare(&origin, before, &shown)?;
        }
        if before.as_ref().is_none_or(|before| before.checkpoint.size < shown.checkpoint.size) {
            self.folder.write(&origin, &shown.note)?;
        }
        Ok(Observed {
            checkpoint: shown.checkpoint,
            before: before.map(|before| before.checkpoint.size),
            signed: !self.trust.is_empty(),
        })
    }

    fn open(&self, note: &str) -> Result<Seen, Failure> {
        let opened = if self.trust.is_empty() { Checkpoint::claimed(note) } else { Checkpoint::open(note, &self.trust) };
        let checkpoint = opened.map_err(|error| Failure::Other(format!("the checkpoint is not to be believed: {error}")))?;
        Ok(Seen { note: note.to_owned(), checkpoint })
    }

    fn recall(&self, origin: &LogOrigin) -> Result<Option<Seen>, Failure> {
        let Some(note) = self.folder.read(origin)? else { return Ok(None) };
        let checkpoint = Checkpoint::claimed(&note).map_err(|error| {
            let path = self.folder.path(origin);
            Failure::Other(format!("the remembered checkpoint in {} is broken: {error}", path.display()))
        })?;
        Ok(Some(Seen { note, checkpoint }))
    }

    /// What is shown may be older than what is remembered (an old proof), but only if the log's newest is not.
    fn compare(&self, origin: &LogOrigin, before: &Seen, shown: &Seen) -> Result<(), Failure> {
        if shown.checkpoint.size >= before.checkpoint.size {
            return self.demand(origin, before, shown, before, shown);
        }
        let newest = self.client.checkpoint(Some(origin.parts().number))?;
        let newest = newest.map(|note| self.open(&note)).transpose()?;
        match newest.filter(|newest| newest.checkpoint.size >= before.checkpoint.size && newest.checkpoint.origin == before.checkpoint.origin) {
            None => Err(self.alarm(origin, "shrank: it shows a tree that is smaller than one seen before", before, shown)?),
            Some(newest) => {
                self.demand(origin, before, &newest, before, &newest)?;
                self.demand(origin, shown, before, before, shown)
            }
        }
    }

    /// Demands that `older` is the beginning of `newer`; what is kept for an alarm are the other two.
    fn demand(&self, origin: &LogOrigin, older: &Seen, newer: &Seen, remembered: &Seen, shown: &Seen) -> Result<(), Failure> {
        let (old, new) = (&older.checkpoint, &newer.checkpoint);
        let proof = if old.size == 0 || old.size == new.size {
            Vec::new()
        } else {
            self.client.consistency(origin.parts().number, old.size, new.size)?
        };
        match verify_consistency(old.size, new.size, &old.root, &new.root, &proof) {
            Ok(()) => Ok(()),
            Err(error) => {
                let fault = format!("contradicts itself: the smaller tree is not shown to be the beginning of the larger ({error})");
                Err(self.alarm(origin, &fault, remembered, shown)?)
            }
        }
    }

    fn alarm(&self, origin: &LogOrigin, fault: &str, remembered: &Seen, shown: &Seen) -> Result<Failure, Failure> {
        let keep = |seen: &Seen| self.folder.keep(origin, &seen.checkpoint, &seen.note);
        Ok(Failure::Alarm(Box::new(Alarm {
            origin: origin.clone(),
            fault: fault.to_owned(),
            sizes: [remembered.checkpoint.size, shown.checkpoint.size],
            kept: [keep(remembered)?, keep(shown)?],
            memory: self.folder.path(origin),
        })))
    }
}

impl Observed {
    /// Leaves in the tree.
    pub const fn size(&self) -> u64 {
        self.checkpoint.size
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checkpoint { origin, size, .. } = &self.checkpoint;
        write!(f, "{origin}: tree of {size} leaves, ")?;
        match self.before {
            None => f.write_str("the first seen here, remembered from now on")?,
            Some(before) if before < *size => write!(f, "contains the {before} seen before")?,
            Some(before) if before == *size => f.write_str("the same as seen before")?,
            Some(before) => write!(f, "contained in the {before} seen before")?,
        }
        f.write_str(if self.signed { "; signed by a trusted key" } else { "; signature not checked (no --trust)" })
    }
}

#[cfg(test)]
mod tests;
