//! The store: all SQL of the ledger, one file per aggregate.
//!
//! A transaction says for whom it is: the pool is private, and [`Store::begin`] (one organization),
//! [`Store::begin_system`] (the function's own role, across organizations) and the appender are the
//! only doors. A replica has a door of its own ([`replica`]), through which only sealed events come. Queries are plain `sqlx::query` with a test each: no macros, so that nothing needs a
//! database to compile.

pub mod analytics;
pub mod anchor;
pub mod api_key;
pub mod append;
pub mod audit;
pub mod backlog;
pub mod database;
pub mod error;
pub mod event;
pub mod event_type;
pub mod follow;
pub mod log;
pub mod migrate;
pub mod organization;
pub mod region;
pub mod replica;
pub mod row;
pub mod seal;
pub mod stream;
pub mod vault;
pub mod webhook;

pub use database::{Database, Store, SystemTx, Tx};
pub use error::Error;
