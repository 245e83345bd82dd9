//! Servers on the loopback that speak as Google's do, strictly: a request that ours should never make fails the test.

mod crc32c;
pub mod fault;
pub mod kms;
pub mod metadata;
pub mod secrets;
mod server;
pub mod storage;

pub use self::crc32c::crc32c;
pub use self::fault::{Fault, Faults};
pub use self::server::Server;
