//! Functions under AWS Lambda: their own main as a process, asked through a Runtime API.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "lambda/answers.rs"]
mod answers;
#[path = "lambda/events.rs"]
mod events;
#[path = "lambda/failures.rs"]
mod failures;
#[path = "lambda/fixture.rs"]
mod fixture;
#[path = "lambda/reading.rs"]
mod reading;
#[path = "lambda/writing.rs"]
mod writing;
