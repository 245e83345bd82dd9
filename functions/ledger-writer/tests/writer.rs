//! The writer through its router, against a real database as `fn_ledger_writer`.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "writer/appending.rs"]
mod appending;
#[path = "writer/bad_input.rs"]
mod bad_input;
#[path = "writer/batches.rs"]
mod batches;
#[path = "writer/changes.rs"]
mod changes;
#[path = "writer/fixture.rs"]
mod fixture;
#[path = "writer/types.rs"]
mod types;
#[path = "writer/verifying.rs"]
mod verifying;
