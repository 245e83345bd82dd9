//! The truth kernel: the rules of the ledger as pure functions.
//!
//! No clock, randomness, network, async or SQL: time and random bytes come in as arguments, and a
//! test asserts it on the dependency tree.

pub mod audit;
mod base64_hashes;
pub mod batch_evidence;
pub mod body;
pub mod canonical;
pub mod checkpoint;
pub mod classification;
pub mod encoding;
pub mod evidence;
pub mod fixed;
pub mod hash;
pub mod header;
pub mod history;
pub mod id;
pub mod multiproof;
pub mod note;
pub mod receipt;
pub mod region;
mod secret;
pub mod signature;
pub mod stream;
mod text;
pub mod tile;
pub mod time;
pub mod tree;
pub mod verify;
