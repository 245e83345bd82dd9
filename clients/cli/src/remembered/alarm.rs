//! What is said when a log contradicts itself.

use std::path::PathBuf;

use thiserror::Error;
use truth_kernel::region::LogOrigin;

/// A log shows two trees that cannot both be its history.
#[derive(Debug, Error)]
#[error(
    "ALARM: the log {origin} {fault}.\n  \
     remembered: {} leaves, kept in {}\n  \
     shown now:  {} leaves, kept in {}\n\
     Together the two signed notes prove it: keep them and show them to whoever relies on this ledger.\n\
     (A development ledger that was started over looks the same; to forget the old one, remove {}.)",
    sizes[0], kept[0].display(), sizes[1], kept[1].display(), memory.display()
)]
pub struct Alarm {
    /// Which log.
    pub origin: LogOrigin,
    /// What it did, after its name in a sentence.
    pub fault: String,
    /// Leaves in the remembered tree and in the one shown now.
    pub sizes: [u64; 2],
    /// Where the two notes are kept, in the same order.
    pub kept: [PathBuf; 2],
    /// Where the last checkpoint is remembered.
    pub memory: PathBuf,
}
