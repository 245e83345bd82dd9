//! The warehouse: one contract for both engines, and every way in which `BigQuery` can fail.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

#[path = "warehouse/binding.rs"]
mod binding;
#[path = "warehouse/contract.rs"]
mod contract;
#[path = "warehouse/faults.rs"]
mod faults;
#[path = "warehouse/rows.rs"]
mod rows;
#[path = "warehouse/stage.rs"]
mod stage;
