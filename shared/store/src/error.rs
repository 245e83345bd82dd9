//! What can go wrong between us and the database, told by layer.

use thiserror::Error as ThisError;

/// A failure of the store. None of them carries a value of a row.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The database cannot be reached, is shutting down, or has no room: the caller may try again.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database refused a statement: a fault of ours.
    #[error("the database refused a statement: {0}")]
    Database(#[source] sqlx::Error),
    /// A stored row is not what our own code would have written.
    #[error("table {table} holds {fault}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// What is wrong with the row.
        fault: &'static str,
    },
    /// A sealed text does not open with the key that the database names for it.
    #[error(transparent)]
    DoesNotOpen(#[from] cloud::aead::DoesNotOpen),
    /// The key wrapper (KMS) did not answer.
    #[error("a generation key cannot be unwrapped: {0}")]
    KeyWrapper(#[from] cloud::key_wrapper::WrapError),
    /// No wrap generation is open, so that no new data key may be made.
    #[error("no wrap generation is open")]
    NoOpenGeneration,
}

impl Error {
    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::KeyWrapper(_))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Database(error) }
    }
}

/// SQLSTATE classes of a server that goes away or is full: connection exception, insufficient resources (disk full, too many
/// connections), operator intervention, system error; and serialization failures.
const TRANSIENT_CLASSES: [&str; 5] = ["08", "53", "57", "58", "40"];

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(refusal) => {
            refusal.code().is_some_and(|code| TRANSIENT_CLASSES.iter().any(|class| code.starts_with(class)))
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// The result of a store operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;
