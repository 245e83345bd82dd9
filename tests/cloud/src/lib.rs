//! What the tests against Google Cloud and AWS share: fakes of the wire protocols, the emulators, and the contracts that every backend keeps.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a fixture that cannot be made fails the test"
)]

pub mod bigquery;
pub mod collector;
pub mod contract;
pub mod emulator;
pub mod fake;
pub mod folder;
pub mod function;
pub mod issuer;
pub mod receiver;
pub mod runtime_api;
