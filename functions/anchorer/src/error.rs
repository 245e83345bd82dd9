//! Why a checkpoint was not anchored.

use cloud::bucket::{BucketError, NotAnObjectPath, ObjectPath};
use thiserror::Error;
use timestamp::{ResponseError, TokenError};
use truth_kernel::time::Timestamp;

/// Why an attempt at anchoring ended. All of them are tried again after a pause that grows.
#[derive(Debug, Error)]
pub enum AnchorError {
    /// The authority cannot be reached, breaks off or takes too long.
    #[error("the authority cannot be reached: {0}")]
    Unreachable(Box<ureq::Error>),
    /// It answers, but not with a timestamp response.
    #[error("the authority answers with status {status} and another content than a timestamp's")]
    NoReply {
        /// The HTTP status.
        status: u16,
    },
    /// Its response holds no token.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// Its token does not prove what was asked for.
    #[error("the authority's token is refused: {0}")]
    Token(#[from] TokenError),
    /// Its token is right but for the time, which is far from ours.
    #[error("the authority's time is {0}, which is far from ours")]
    Clock(Timestamp),
    /// The bucket.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The bucket, where nothing can be changed, has other bytes than the database's note, or a token that proves nothing.
    #[error("the bucket has other bytes at {0}")]
    OtherBytes(ObjectPath),
    /// A log whose objects cannot be named.
    #[error(transparent)]
    Name(#[from] NotAnObjectPath),
    /// The work broke off.
    #[error("the work broke off: {0}")]
    BrokenOff(#[from] tokio::task::JoinError),
}

impl AnchorError {
    /// The kind of the failure in a word, as it is stored and shown: nothing that an authority says.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::NoReply { .. } => "no-reply",
            Self::Response(ResponseError::Refused { .. }) => "refused",
            Self::Response(_) => "malformed",
            Self::Token(_) => "unverified",
            Self::Clock(_) => "clock",
            Self::Bucket(_) | Self::Name(_) => "bucket",
            Self::OtherBytes(_) => "other-bytes",
            Self::BrokenOff(_) => "broken-off",
        }
    }
}

impl From<ureq::Error> for AnchorError {
    fn from(error: ureq::Error) -> Self {
        Self::Unreachable(Box::new(error))
    }
}
