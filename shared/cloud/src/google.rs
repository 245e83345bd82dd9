//! Google Cloud: how its services are named, reached, and asked again.
//!
//! Names are always known, so that a build without a service can say so; the rest is behind the features.

pub mod names;

#[cfg(feature = "google")]
mod access;
#[cfg(feature = "google")]
mod budget;
#[cfg(feature = "google")]
pub mod endpoints;
#[cfg(any(feature = "kms", feature = "secrets", feature = "storage"))]
mod erased;
#[cfg(any(feature = "kms", feature = "secrets", feature = "storage"))]
mod error;
#[cfg(any(feature = "kms", feature = "secrets"))]
mod integrity;
#[cfg(feature = "kms")]
mod kms;

#[cfg(feature = "google")]
pub use self::access::{Access, Identity};
#[cfg(feature = "storage")]
pub use self::budget::Attempts;
#[cfg(feature = "google")]
pub use self::budget::Budget;
#[cfg(any(feature = "kms", feature = "secrets", feature = "storage"))]
pub(crate) use self::erased::erased;
#[cfg(any(feature = "kms", feature = "secrets", feature = "storage"))]
pub(crate) use self::error::to_io;
#[cfg(any(feature = "kms", feature = "secrets"))]
pub(crate) use self::integrity::{checksum, is_intact};
#[cfg(feature = "kms")]
pub use self::kms::Kms;
#[cfg(feature = "kms")]
pub(crate) use self::kms::code;
