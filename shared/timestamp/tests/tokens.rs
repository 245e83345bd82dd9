//! Tokens of a real authority, and everything that may be wrong with them.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "tokens/accepted.rs"]
mod accepted;
#[path = "tokens/fixture.rs"]
mod fixture;
#[path = "tokens/mutations.rs"]
mod mutations;
#[path = "tokens/refused.rs"]
mod refused;
