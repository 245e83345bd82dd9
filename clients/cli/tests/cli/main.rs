//! The built program, as people and scripts run it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

mod anchors;
mod append;
mod audit;
mod log;
mod machine;
mod support;
mod verify;
