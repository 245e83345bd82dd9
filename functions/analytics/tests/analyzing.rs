//! Analysing against a real database, as the function's own role: after whatever happens, every published event is one row.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "analyzing/access.rs"]
mod access;
#[path = "analyzing/bigquery.rs"]
mod bigquery;
#[path = "analyzing/crashes.rs"]
mod crashes;
#[path = "analyzing/fixture.rs"]
mod fixture;
#[path = "analyzing/poison.rs"]
mod poison;
#[path = "analyzing/pushes.rs"]
mod pushes;
#[path = "analyzing/runs.rs"]
mod runs;
#[path = "analyzing/views.rs"]
mod views;
