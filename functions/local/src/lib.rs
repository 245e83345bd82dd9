//! Every function in one process, any number of regions: the development runner, and the host of the end-to-end tests.
//!
//! Each region has what it would have in the cloud: its own `PostgreSQL` cluster, bucket, keys and database roles, and each function is
//! started from an environment of its own, by the same code as in its container.

pub mod authority;
pub mod demo;
pub mod error;
pub mod folder;
pub mod founding;
pub mod functions;
pub mod region;
pub mod regions_file;
pub mod request;
pub mod reset;
pub mod seed;
pub mod walk_through;

pub use authority::{AuthorityAddress, LocalAuthority};
pub use error::Error;
pub use region::{LocalRegion, RegionPlan};
