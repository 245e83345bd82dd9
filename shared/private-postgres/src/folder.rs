//! The folder of one cluster: `data`, `socket`, `settings.conf`, `lock`.
//!
//! The outer folder belongs to whoever started it, so that root never writes into a folder of the
//! server's account; `data` and `socket` belong to the account and are closed to others.

use crate::Error;
use crate::account::{Account, uid};
use crate::process::wait_until;
use crate::state::{own_folder, state_dir};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest path of a socket's folder: `sun_path` holds 103 bytes on macOS (107 on Linux), less
/// `/.s.PGSQL.54320.lock`.
const LONGEST_SOCKET_DIR: usize = 103 - 21;

/// How long a former owner's guard may take to stop the server before the folder counts as in use.
const HANDOVER: Duration = Duration::from_secs(20);

/// Paths of one cluster, all absolute and free of links.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    top: PathBuf,
    socket: PathBuf,
}

impl Folder {
    /// Creates what is missing and refuses what the server's account could not reach.
    pub(crate) fn prepare(top: &Path, account: &Account) -> Result<Self, Error> {
        let state = state_dir()?;
        own_folder(top)?;
        let top = top.canonicalize().map_err(Error::at(top))?;
        for folder in top.ancestors().take_while(|folder| *folder == top || folder.starts_with(&state)) {
            let mode = Permissions::from_mode(account.passable());
            fs::set_permissions(folder, mode).map_err(Error::at(folder))?;
        }
        account.may_enter(&top)?;
        let socket = socket_dir(&top)?;
        closed(&socket, account)?;
        Ok(Self { top, socket })
    }

    pub(crate) fn top(&self) -> &Path {
        &self.top
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.top.join("data")
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// The server's own log; inside `data` because the server's account writes it.
    pub(crate) fn log(&self) -> PathBuf {
        self.data().join("server.log")
    }

    /// Read by the server through an `include` in its `postgresql.conf`.
    pub(crate) fn settings(&self) -> PathBuf {
        self.top.join("settings.conf")
    }

    /// The major version that made the data; none when there is no data yet.
    pub(crate) fn major(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    /// An empty folder for `initdb`, which becomes `data` only once it is complete.
    pub(crate) fn unfinished(&self, account: &Account) -> Result<PathBuf, Error> {
        let unfinished = self.top.join("data.unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(Error::at(&unfinished))?;
        }
        closed(&unfinished, account)?;
        Ok(unfinished)
    }

    /// Takes the lock that the owner of the cluster holds, and after its death its guard.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        let path = self.top.join("lock");
        let file = lock_file(&path)?;
        if wait_until(HANDOVER, || file.try_lock().is_ok()) { Ok(file) } else { Err(Error::InUse(self.top.clone())) }
    }
}

/// Opens or creates a file that is only ever locked.
pub(crate) fn lock_file(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).open(path).map_err(Error::at(path))
}

/// A folder of the server's account that nobody else may enter.
fn closed(folder: &Path, account: &Account) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(Error::at(folder)(e)),
        _ => account.own(folder),
    }
}

/// The socket's folder: inside the cluster's, or under `/tmp` where that path would be too long.
fn socket_dir(top: &Path) -> Result<PathBuf, Error> {
    let inside = top.join("socket");
    if inside.as_os_str().len() <= LONGEST_SOCKET_DIR {
        return Ok(inside);
    }
    let parent = PathBuf::from(format!("/tmp/proveniq-{}", uid()?));
    own_folder(&parent)?;
    Ok(parent.join(format!("{:016x}", fnv1a(top.as_os_str().as_encoded_bytes()))))
}

/// FNV-1a: a short name that is the same in every build; two clusters that collide would refuse to
/// start, not mix.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn a_long_path_gets_a_short_socket() {
        let long = PathBuf::from("/").join("x".repeat(100));
        let socket = socket_dir(&long).unwrap();
        assert!(socket.as_os_str().len() <= LONGEST_SOCKET_DIR && socket.starts_with("/tmp"));
        assert_eq!(socket_dir(Path::new("/short")).unwrap(), Path::new("/short/socket"));
    }

    #[test]
    fn fnv1a_matches_its_published_value() {
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
