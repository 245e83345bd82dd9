//! Why a region does not come up.

use std::io;

use thiserror::Error;

/// Why a region does not come up. The texts are for the person at the terminal.
#[derive(Debug, Error)]
pub enum Error {
    /// The private `PostgreSQL`.
    #[error(transparent)]
    Postgres(#[from] private_postgres::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A key.
    #[error(transparent)]
    Key(#[from] cloud::key_file::KeyFileError),
    /// A signing key.
    #[error(transparent)]
    Signer(#[from] cloud::signer::SignerError),
    /// The wrapping keys.
    #[error(transparent)]
    Wrapper(#[from] cloud::key_wrapper::WrapError),
    /// The timestamp authority.
    #[error("the timestamp authority: {0}")]
    Authority(#[from] private_authority::Error),
    /// The bucket.
    #[error(transparent)]
    Bucket(#[from] cloud::bucket::BucketError),
    /// A function's configuration.
    #[error("{function}: {mistakes}")]
    Function {
        /// Which function.
        function: &'static str,
        /// What is wrong.
        mistakes: web::config::Mistakes,
    },
    /// A port that somebody else has.
    #[error("port {0} is in use: stop whatever listens there, or choose others with --port")]
    PortInUse(u16),
    /// One of our own requests was refused.
    #[error("{what} was refused: {answer}")]
    Refused {
        /// What we asked for.
        what: &'static str,
        /// The problem document.
        answer: String,
    },
    /// The file system or a socket.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: what was attempted when the system said no.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
