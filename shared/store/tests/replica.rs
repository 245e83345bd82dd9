//! Reading from a real streaming standby that lags, dies, and is promoted.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "replica/fixture.rs"]
mod fixture;
#[path = "replica/lagging.rs"]
mod lagging;
#[path = "replica/standing.rs"]
mod standing;
