//! The anchorer against a real database as `fn_anchorer`, a bucket, and an authority that `openssl` is.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "anchoring/authority.rs"]
mod authority;
#[path = "anchoring/crashes.rs"]
mod crashes;
#[path = "anchoring/faults.rs"]
mod faults;
#[path = "anchoring/ledger.rs"]
mod ledger;
#[path = "anchoring/pushes.rs"]
mod pushes;
#[path = "anchoring/runs.rs"]
mod runs;
