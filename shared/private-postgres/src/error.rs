//! What can go wrong with a private cluster, said so that a person can mend it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a private cluster could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable server on this machine; `looked_in` lists the places.
    #[error(
        "no PostgreSQL {} or newer found (looked in: {looked_in}); install it (Debian, Ubuntu: \
         apt-get install postgresql) or set PG_BIN to the folder that holds initdb and pg_ctl",
        crate::OLDEST_MAJOR
    )]
    NoServer {
        /// The folders that were tried, separated by commas.
        looked_in: String,
    },
    /// `PG_BIN` names a folder without a usable server.
    #[error("PG_BIN is {}, where no PostgreSQL {} or newer is", .0.display(), crate::OLDEST_MAJOR)]
    WrongPgBin(PathBuf),
    /// The data was written by a major version that is no longer installed.
    #[error(
        "the data in {} was made by PostgreSQL {major}, which is not installed any more; \
         install it or start over with an empty folder",
        folder.display()
    )]
    OtherMajor {
        /// The cluster's folder.
        folder: PathBuf,
        /// The major version that made the data.
        major: u32,
    },
    /// The account that the server runs as may not pass through a folder above the data.
    #[error(
        "the server runs as user '{account}', who may not enter {}: choose a folder elsewhere, \
         for instance under /var/tmp",
        barrier.display()
    )]
    NotEnterable {
        /// Name of the account.
        account: String,
        /// The folder that lacks the permission to pass.
        barrier: PathBuf,
    },
    /// Root has no unprivileged account to run the server as.
    #[error("PostgreSQL refuses to run as root, and /etc/passwd has neither 'postgres' nor 'nobody'")]
    NoAccount,
    /// A folder with a predictable name belongs to someone else.
    #[error("{} belongs to another user, or others may write to it", .0.display())]
    NotOurs(PathBuf),
    /// Another living process owns the cluster.
    #[error("the cluster in {} is used by another process", .0.display())]
    InUse(PathBuf),
    /// A program of `PostgreSQL` failed; `detail` is what it wrote.
    #[error("{program} failed: {detail}")]
    Failed {
        /// Name of the program.
        program: &'static str,
        /// Its output, or the end of the server's log.
        detail: String,
    },
    /// The process is not one of this cluster's.
    #[error("process {0} does not belong to this cluster")]
    NotABackend(u32),
    /// A file or a program could not be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file, folder or program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: says which file or program an I/O error was about.
    pub(crate) fn at(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Io { path, source }
    }
}
