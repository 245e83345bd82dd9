//! The checkpoint step: a trusted key of the log signed this size and root.

use super::document::Log;
use super::finding::Finding;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::VerifierKey;

/// The tree that inclusion is checked against.
pub(super) enum Tree {
    /// A trusted key signed it.
    Verified(Checkpoint),
    /// The document claims it, and nobody trusted says otherwise.
    Claimed(Checkpoint),
    /// There is none, or a forged one.
    Unknown,
}

impl Tree {
    pub(super) const fn checkpoint(&self) -> Option<&Checkpoint> {
        match self {
            Self::Verified(checkpoint) | Self::Claimed(checkpoint) => Some(checkpoint),
            Self::Unknown => None,
        }
    }
}

/// The log that a note claims to be of, for comparison alone.
pub(super) fn claimed_origin(note: Option<&str>) -> Option<String> {
    Checkpoint::claimed(note?).ok().map(|claimed| claimed.origin)
}

/// Checks the note against the trusted keys.
pub(super) fn check(note: Option<&str>, log: &Log, trust: &[VerifierKey]) -> (Tree, Finding) {
    let Some(note) = note else {
        let detail = "There is no checkpoint yet: what is not included can still be left out.";
        return (Tree::Unknown, Finding::cannot_tell(detail));
    };
    match Checkpoint::open(note, trust) {
        Ok(checkpoint) => {
            let detail =
                format!("{} signed the root {} over {} events.", checkpoint.origin, checkpoint.root, checkpoint.size);
            let finding = of_this_log(&checkpoint, log).unwrap_or(Finding::passed(detail));
            (Tree::Verified(checkpoint), finding)
        }
        Err(CheckpointError::NoTrustedKey(_)) => claimed(note, log),
        Err(error) => {
            let finding = Finding::failed(format!("The checkpoint is refused: {error}."));
            (Tree::Unknown, finding)
        }
    }
}

fn claimed(note: &str, log: &Log) -> (Tree, Finding) {
    match Checkpoint::claimed(note) {
        Ok(checkpoint) => {
            let finding = of_this_log(&checkpoint, log).unwrap_or_else(|| untrusted(log));
            (Tree::Claimed(checkpoint), finding)
        }
        Err(error) => {
            let finding = Finding::failed(format!("The checkpoint is refused: {error}."));
            (Tree::Unknown, finding)
        }
    }
}

/// A failure, if the checkpoint is of another log than the document.
fn of_this_log(checkpoint: &Checkpoint, log: &Log) -> Option<Finding> {
    let (signed, named) = (&checkpoint.origin, &log.origin);
    (signed != named)
        .then(|| Finding::failed(format!("The checkpoint is of the log {signed}, the document of {named}.")))
}

fn untrusted(log: &Log) -> Finding {
    let brought = match log.keys.as_slice() {
        [] => String::new(),
        keys => format!(" (The document brings {}: ask the log whether that is so.)", keys.join(", ")),
    };
    Finding::cannot_tell(format!("No trusted key of {} was given.{brought}", log.origin))
}
