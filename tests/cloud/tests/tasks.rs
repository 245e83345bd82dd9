//! Task queues: one contract for the local one and for Cloud Tasks, and what webhooks make of a queue that fails.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod tasks {
    mod contract;
    mod deliveries;
    mod fake;
    mod faults;
    mod receiver;
}
