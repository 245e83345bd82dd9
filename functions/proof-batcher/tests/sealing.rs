//! Sealing against a real database and a bucket on disk, as the batcher's own role: after whatever happens, the whole log verifies.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

#[path = "sealing/concurrent.rs"]
mod concurrent;
#[path = "sealing/crashes.rs"]
mod crashes;
#[path = "sealing/ledger.rs"]
mod ledger;
#[path = "sealing/pushes.rs"]
mod pushes;
#[path = "sealing/refusals.rs"]
mod refusals;
#[path = "sealing/runs.rs"]
mod runs;
#[path = "sealing/steps.rs"]
mod steps;
#[path = "sealing/verify.rs"]
mod verify;
#[path = "sealing/volume.rs"]
mod volume;
