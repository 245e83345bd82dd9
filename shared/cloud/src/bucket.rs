//! Object storage of one region: checkpoints, tiles and exports.

mod address;
mod folder;
#[cfg(feature = "storage")]
mod google;
#[cfg(feature = "storage")]
mod location;
mod object_path;
#[cfg(feature = "storage")]
mod signed_url;

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use truth_kernel::region::Region;

pub use self::address::{BucketAddress, BucketName, NotABucketAddress};
pub use self::folder::Folder;
#[cfg(feature = "storage")]
pub use self::google::CloudStorage;
pub use self::object_path::{NotAnObjectPath, ObjectPath};
#[cfg(feature = "storage")]
pub use self::signed_url::{Lifetime, SignedMethod, SignedUrl};
#[cfg(feature = "storage")]
use crate::google::erased;

/// The largest object, in bytes: it is in memory as a whole. The largest that the ledger has, an entry bundle, is a quarter of it.
pub const LARGEST: usize = 64 << 20;

/// A region's objects.
///
/// What it promises: an object is seen whole or not at all; when a write has returned `Ok`, the
/// object survives a crash of the machine; when it returned an error other than [`BucketError::Exists`]
/// and [`BucketError::Changed`], it may or may not have happened, and both ways leave a whole object.
/// Any number of callers and processes may use it at once.
#[derive(Clone, Debug)]
pub enum Bucket {
    /// Objects as files below a folder of this machine.
    Folder(Folder),
    /// Objects in Cloud Storage.
    #[cfg(feature = "storage")]
    Google(CloudStorage),
}

/// The number of an object's version: it grows with every replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(u64);

/// An object as read: its bytes and the generation that they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The content.
    pub bytes: Vec<u8>,
    /// The version, to make a replacement conditional on.
    pub generation: Generation,
}

/// Why a bucket did not do as told.
#[derive(Debug, Error)]
pub enum BucketError {
    /// Create-only: the object is there already, and it is durable. The answer to a repeated write.
    #[error("the object exists already")]
    Exists,
    /// The object is not at the generation that was read: someone replaced it, or it is gone.
    #[error("the object was changed since it was read")]
    Changed,
    /// No room. Nothing was written; the same call may succeed once there is room.
    #[error("no room is left for the object")]
    Full,
    /// The object is under retention or on hold: nobody may replace it.
    #[error("the object is under retention and is not replaced")]
    Retained,
    /// The object is larger than [`LARGEST`]. Nothing was written.
    #[error("the object has {0} bytes, and {LARGEST} are the most")]
    TooLarge(usize),
    /// Another process has held the bucket's lock for too long.
    #[error("the bucket is locked by another process")]
    Busy,
    /// The folder is not a bucket: its stamp of a region is missing or no region.
    #[error("{0} has no readable REGION stamp: not a bucket")]
    NotABucket(PathBuf),
    /// The bucket belongs to another region.
    #[error("the bucket lies in {0}")]
    Elsewhere(Region),
    /// The bucket lies in several regions at once, or nowhere in particular.
    #[error("the bucket lies in {0}, which is not one region")]
    NotOneRegion(String),
    /// Anything else that the device says.
    #[error("object storage: {0}")]
    Io(io::Error),
}

impl From<io::Error> for BucketError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

impl Bucket {
    /// Writes a new object and never touches an existing one ([`BucketError::Exists`]).
    pub async fn create(&self, path: &ObjectPath, bytes: Vec<u8>) -> Result<Generation, BucketError> {
        fits(&bytes)?;
        match self {
            Self::Folder(folder) => folder.create(path, bytes).await,
            #[cfg(feature = "storage")]
            Self::Google(bucket) => erased(bucket.create(path, bytes)).await,
        }
    }

    /// Replaces the object if it still is at the generation `expected`: of several who read the same
    /// generation exactly one succeeds, the others get [`BucketError::Changed`].
    pub async fn replace(
        &self,
        path: &ObjectPath,
        bytes: Vec<u8>,
        expected: Generation,
    ) -> Result<Generation, BucketError> {
        fits(&bytes)?;
        match self {
            Self::Folder(folder) => folder.replace(path, bytes, expected).await,
            #[cfg(feature = "storage")]
            Self::Google(bucket) => erased(bucket.replace(path, bytes, expected)).await,
        }
    }

    /// The object as last written by anyone, or `None`.
    pub async fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BucketError> {
        match self {
            Self::Folder(folder) => folder.get(path).await,
            #[cfg(feature = "storage")]
            Self::Google(bucket) => erased(bucket.get(path)).await,
        }
    }

    /// The region that the bucket lies in, compared with `REGION` at boot.
    pub async fn location(&self) -> Result<Region, BucketError> {
        match self {
            Self::Folder(folder) => folder.location().await,
            #[cfg(feature = "storage")]
            Self::Google(bucket) => erased(bucket.location()).await,
        }
    }
}

fn fits(bytes: &[u8]) -> Result<(), BucketError> {
    if bytes.len() <= LARGEST { Ok(()) } else { Err(BucketError::TooLarge(bytes.len())) }
}
