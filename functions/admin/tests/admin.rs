//! The admin function through its router, against a real database as `fn_admin`.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "admin/fixture.rs"]
mod fixture;
#[path = "admin/keys.rs"]
mod keys;
#[path = "admin/partners.rs"]
mod partners;
#[path = "admin/types.rs"]
mod types;
