//! How a command ends.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use crate::output::printable;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, or valid.
    Done = 0,
    /// Refused, invalid, divergent, or an alarm.
    Refused = 1,
    /// It cannot be told.
    CannotTell = 2,
    /// The command line is wrong (`EX_USAGE`).
    Usage = 64,
    /// The input is not what it should be (`EX_DATAERR`).
    Data = 65,
    /// The input cannot be read (`EX_NOINPUT`).
    NoInput = 66,
    /// The server or the database cannot be reached, or is in trouble (`EX_UNAVAILABLE`).
    Unavailable = 69,
    /// A file cannot be written (`EX_IOERR`).
    Io = 74,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What kept a command from its work.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    text: String,
}

impl Failure {
    pub fn new(exit: Exit, text: impl fmt::Display) -> Self {
        let text = text.to_string();
        Self { exit, text }
    }

    pub fn usage(text: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// For input from this path.
    pub fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::new(Exit::NoInput, format!("cannot read {}: {error}", path.display()))
    }

    /// For output to this path.
    pub fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::new(Exit::Io, format!("cannot write {}: {error}", path.display()))
    }

    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Says it on standard error.
    pub fn report(self) -> Exit {
        eprintln!("proveniq: {}", printable(&self.text));
        self.exit
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::new(Exit::Unavailable, error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::new(Exit::Unavailable, format!("the database: {error}"))
    }
}
