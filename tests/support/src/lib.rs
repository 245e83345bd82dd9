//! What tests stand on: a region with a database of its own, made from a migrated template in milliseconds.
//!
//! Tests serve as the functions' own roles, never as a superuser or the owner, who would skip row-level security.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a fixture that cannot be made fails the test")]

mod api_key;
pub mod draft;
mod environment;
pub mod http;
mod region;
mod seal;
mod standby;

pub use environment::TestFolder;
pub use region::{DOMAIN, RECEIPT_KEY, TestRegion, fresh_id};
pub use seal::{log_signer, receipt_signer};
pub use standby::Standby;
