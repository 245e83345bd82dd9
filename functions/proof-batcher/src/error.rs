//! Why a log was not sealed.

use cloud::bucket::{BucketError, NotAnObjectPath, ObjectPath};
use cloud::signer::SignerError;
use thiserror::Error;
use truth_kernel::checkpoint::CheckpointError;
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{TileError, TileId, WIDTH};

/// A run that stopped. What it did until then stays, and the next run goes on from there.
#[derive(Debug, Error)]
pub enum SealError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The bucket.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The checkpoint key.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// This function was not given the key of a log that has something to sign.
    #[error("there is no key to sign checkpoints of {0}")]
    NoSigner(LogOrigin),
    /// The checkpoint key answered with a signature that does not verify.
    #[error("the signature of a new checkpoint does not verify: {0}")]
    BadSignature(CheckpointError),
    /// The bucket's checkpoint is newer than the database: an old backup was restored. Nothing more may be sealed in this log; it is
    /// closed, and the next log number opened, by an operator's command.
    #[error(
        "the bucket has a checkpoint of {origin} at size {published}, the database only {stored} leaves: an old backup was restored"
    )]
    BucketAhead {
        /// The log.
        origin: LogOrigin,
        /// Size of the bucket's checkpoint.
        published: u64,
        /// Size of the database's log.
        stored: u64,
    },
    /// The bucket's checkpoint is none that the database signed: two histories of one log.
    #[error("the bucket has another checkpoint of {origin} at size {size} than the database")]
    Forked {
        /// The log.
        origin: LogOrigin,
        /// Size of the bucket's checkpoint.
        size: u64,
    },
    /// The bucket's checkpoint does not have the form of one.
    #[error("the bucket's checkpoint cannot be read: {0}")]
    NotACheckpoint(CheckpointError),
    /// The stored tiles, recomputed from their leaves, are not what the log claims.
    #[error("the stored tiles of {origin} do not extend its checkpoint at size {from} to size {to}: {fault}")]
    Tampered {
        /// The log.
        origin: LogOrigin,
        /// Size of the newest signed checkpoint.
        from: u64,
        /// Size that was to be signed.
        to: u64,
        /// What is wrong.
        fault: Fault,
    },
    /// An event's header is not that of its leaf.
    #[error("leaf {leaf} of {origin} is not the hash of its event's header")]
    OtherHeader {
        /// The log.
        origin: LogOrigin,
        /// The leaf's index.
        leaf: u64,
    },
    /// The bucket has the object already, with other bytes.
    #[error("the bucket has other bytes at {0}")]
    OtherBytes(ObjectPath),
    /// A log whose objects cannot be named.
    #[error(transparent)]
    Name(#[from] NotAnObjectPath),
}

/// What is wrong with stored tiles.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// A tile is missing, or too short.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// The tiles before the new leaves do not lead to the signed root.
    #[error("the tiles have another root at the signed size")]
    SignedRoot,
    /// The leaves lead to another root than the log's.
    #[error("the leaves have another root")]
    Root,
    /// A tile above the leaves does not hold their hashes.
    #[error("tile {} does not hold the hashes of what is below it", .0.path(WIDTH))]
    Inner(TileId),
}

impl SealError {
    /// Whether the next run may succeed without anybody mending anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Bucket(error) => !matches!(
                error,
                BucketError::NotABucket(_)
                    | BucketError::Elsewhere(_)
                    | BucketError::NotOneRegion(_)
                    | BucketError::Retained
                    | BucketError::TooLarge(_)
            ),
            Self::Signer(_) => true,
            _ => false,
        }
    }
}
