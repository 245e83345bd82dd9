//! What every function shares of HTTP: who calls, what is asked, how it is refused, how it starts,
//! stops and is observed. Knows nothing of SQL: what it needs from the store comes in as small traits.

pub mod api_key;
pub mod boot;
pub mod caller;
pub mod config;
pub mod endpoints;
pub mod idempotency;
pub mod json;
pub mod metrics;
pub mod page;
pub mod parsed;
pub mod problem;
pub mod push;
pub mod scope;
pub mod serve;
pub mod telemetry;

mod edge;
mod trace;
