//! Kill tests: processes die and disks fill under load, and nothing that was acknowledged may be lost.
//!
//! Every part goes in rounds: load, harm at a random moment, recovery, and then all that was acknowledged is looked up, what was not is
//! sent again, and the region is audited. Chance comes from a seed, so a round that fails can be tried again (the scheduling of processes
//! cannot be repeated).

pub mod batcher;
pub mod check;
pub mod child;
pub mod control;
pub mod ground;
pub mod load;
pub mod published;
pub mod rounds;
pub mod said;
pub mod seeded;
pub mod writer;

/// Why a round failed: something was lost, or the test itself could not go on.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Fails with a message unless it holds.
pub fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(message().into()) }
}
