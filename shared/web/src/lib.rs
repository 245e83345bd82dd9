//! What every function shares of HTTP: who calls, what is asked, how it is refused, how it starts,
//! stops and is observed. Holds no SQL and no rule of the ledger.

pub mod api_key;
pub mod authority;
pub mod boot;
pub mod caller;
pub mod config;
pub mod endpoints;
#[cfg(feature = "event-types")]
pub mod event_type;
pub mod evidence;
pub mod idempotency;
pub mod json;
pub mod metrics;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod page;
pub mod parsed;
pub mod problem;
pub mod push;
pub mod runtime;
pub mod scope;
pub mod serve;
pub mod telemetry;

mod edge;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(test)]
mod test_http;
mod trace;
