//! Topics: the same promises by the relay of one machine and by Pub/Sub, which is Google's emulator here.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "pubsub/contract.rs"]
mod contract;
#[path = "pubsub/outage.rs"]
mod outage;
#[path = "pubsub/sealing.rs"]
mod sealing;
