//! What the end-to-end stories stand on: two regions in this process, as `functions/local` brings them up, a client, and the
//! verification of everything with which each story ends.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a fixture that cannot be made fails the test"
)]

mod bucket;
mod client;
mod leak;
mod log_output;
mod organization;
mod region;
mod sealing;
mod two_regions;
mod verify;

pub use client::Client;
pub use leak::{Needles, mentions_in_database, mentions_in_folder};
pub use log_output::log_output;
pub use organization::{ApiKey, Organization, PARTNER_SCOPES, event_id};
pub use region::{DOMAIN, Durability, Region, start, start_anchored};
pub use two_regions::{TwoRegions, block_on, tell};
