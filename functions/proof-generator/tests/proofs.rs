//! The proof generator through its router, against a real database as `fn_proof_generator`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "proofs/anchored.rs"]
mod anchored;
#[path = "proofs/batch.rs"]
mod batch;
#[path = "proofs/boot.rs"]
mod boot;
#[path = "proofs/fixture.rs"]
mod fixture;
#[path = "proofs/one.rs"]
mod one;
#[path = "proofs/replica.rs"]
mod replica;
#[path = "proofs/verify.rs"]
mod verify;
