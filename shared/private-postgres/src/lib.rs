//! Private `PostgreSQL` clusters: found, made, started, killed and cleaned away without touching any other.
//!
//! A cluster lives in one folder and listens on a socket that only its own user may enter, never on
//! a TCP port; so it meets no other server (5432 stays free) and needs no password. A guard (a
//! detached `sh` that waits for the end of its owner) stops it even after `kill -9`.
//!
//! Started by root, the server runs as `postgres` or `nobody`, since it refuses to run as root.

mod account;
mod binaries;
mod cluster;
mod error;
mod folder;
mod guard;
mod process;
mod settings;
mod shared;
mod skip;
mod state;

pub use binaries::Binaries;
pub use cluster::{Cluster, Shutdown};
pub use error::Error;
pub use settings::{OnDrop, Settings};
pub use shared::test_cluster;
pub use skip::skip;
pub use state::{default_state_dir, state_dir};

/// The superuser of every private cluster.
pub const SUPERUSER: &str = "postgres";

/// The oldest major version of `PostgreSQL` that is used.
pub const OLDEST_MAJOR: u32 = 15;
