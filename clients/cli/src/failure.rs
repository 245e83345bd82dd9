//! Why a command ends without success, and its exit code (sysexits.h where it has one).

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use thiserror::Error;

use crate::client::ClientError;
use crate::output::printable;
use crate::remembered::Alarm;

/// The command line is not understood (`EX_USAGE`).
const USAGE: u8 = 64;

/// An input cannot be read (`EX_NOINPUT`).
const UNREADABLE: u8 = 66;

/// Why a command ends without success.
#[derive(Debug, Error)]
pub enum Failure {
    /// The command line is not understood.
    #[error("{0}")]
    Usage(String),
    /// An input cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The input.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Whoever reads our output has enough: no fault.
    #[error("nobody reads the output")]
    OutputClosed,
    /// The ledger refused or could not be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The ledger contradicts itself.
    #[error(transparent)]
    Alarm(#[from] Box<Alarm>),
    /// Anything else; the text says what.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// For `map_err`: the input at this path cannot be read.
    pub fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Unreadable { path, error }
    }

    /// For `map_err`: the file at this path cannot be written.
    pub fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Unwritable { path, error }
    }

    const fn code(&self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Usage(_) => USAGE,
            Self::Unreadable { .. } => UNREADABLE,
            _ => 1,
        }
    }
}

/// The exit code of a command; a failure is told on standard error.
pub fn exit(outcome: Result<ExitCode, Failure>) -> ExitCode {
    outcome.unwrap_or_else(|failure| {
        if !matches!(failure, Failure::OutputClosed) {
            eprintln!("proveniq: {}", printable(&failure.to_string()));
        }
        ExitCode::from(failure.code())
    })
}

/// The exit code for what clap says of a command line: help is a success.
pub fn clap(error: &clap::Error) -> ExitCode {
    // Nothing can be done about a closed terminal.
    let _ = error.print();
    if error.exit_code() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(USAGE)
    }
}
