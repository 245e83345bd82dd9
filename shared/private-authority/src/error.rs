//! Why there is no authority, or no answer.

use std::io;

use thiserror::Error as ThisError;

/// Why there is no authority, or no answer.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The program is not there, or a file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The program failed.
    #[error("openssl {command}: {text}")]
    Failed {
        /// Its first argument.
        command: String,
        /// What it said.
        text: String,
    },
}
