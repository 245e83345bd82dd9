//! What the tests against Google Cloud and AWS share: fakes of the wire protocols, the emulators, and the contracts that every backend keeps.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a fixture that cannot be made fails the test")]

pub mod contract;
pub mod emulator;
pub mod fake;
pub mod folder;
pub mod issuer;
pub mod receiver;
pub mod collector;
pub mod function;
pub mod runtime_api;
