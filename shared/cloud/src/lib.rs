//! What the ledger needs from the world outside its database: few contracts of two to four methods.
//!
//! Each contract is an enum with one variant per backend, so a caller never names the backend. The
//! variants of a single machine (folders, key files, a relay over loopback) are always there; those of
//! Google Cloud are behind a feature for each service, and keep the same contract (`tests/cloud`).

pub mod aead;
pub mod bucket;
pub mod clock;
#[cfg(feature = "faults")]
pub mod fault;
pub mod google;
pub mod key_file;
pub mod key_wrapper;
pub mod random;
pub mod secret;
pub mod signer;
pub mod task_queue;
pub mod topic;
pub mod warehouse;

mod blocking;
mod durable;
#[cfg(test)]
mod test_folder;
