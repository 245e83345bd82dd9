//! The query function through its router, against a real database as `fn_query`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "query/anchor.rs"]
mod anchor;
#[path = "query/boot.rs"]
mod boot;
#[path = "query/events.rs"]
mod events;
#[path = "query/fixture.rs"]
mod fixture;
#[path = "query/history.rs"]
mod history;
#[path = "query/log.rs"]
mod log;
#[path = "query/refusals.rs"]
mod refusals;
#[path = "query/replica.rs"]
mod replica;
