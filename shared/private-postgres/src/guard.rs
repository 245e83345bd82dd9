//! The detached shell that stops a cluster when nobody needs it any more.

use crate::folder::Folder;
use crate::{Error, OnDrop};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Guards one cluster for its owner: dropping it, or dying, ends the cluster.
#[derive(Debug)]
pub(crate) struct Guard(Child);

impl Guard {
    /// Starts the guard of a cluster that its owner holds. The guard keeps `lock` (as its standard
    /// output) until it has done its work, so a new owner waits for the old one's server to end.
    pub(crate) fn of_owner(folder: &Folder, lock: File, on_drop: OnDrop) -> Result<Option<Self>, Error> {
        let mut command = match on_drop {
            OnDrop::Leave => return Ok(None),
            OnDrop::Stop => script("INT", &folder.data(), ""),
            OnDrop::Remove => script("QUIT", &folder.data(), ""),
        };
        if on_drop == OnDrop::Remove {
            command.arg(folder.top()).arg(folder.socket());
        }
        let child = command.stdin(Stdio::piped()).stdout(lock).spawn().map_err(Error::at("sh"))?;
        Ok(Some(Self(child)))
    }

    /// Starts the guard of a cluster shared by all processes that hold a lock on `users`: half a
    /// minute after the last one went, the cluster is stopped and deleted.
    pub(crate) fn of_users(folder: &Folder, users: &Path) -> Result<(), Error> {
        let mut command = script("QUIT", &folder.data(), users);
        command.arg(folder.top()).arg(folder.socket());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        // It outlives us: the first process that starts the cluster need not be the last to use it.
        child.map(drop).map_err(Error::at("sh"))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Nothing is left to do for a guard that somebody killed.
        drop(self.0.wait());
    }
}

/// `sh` with the script, out of reach of Ctrl-C and of the end of the terminal.
fn script(signal: &str, data: &Path, users: impl AsRef<Path>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", include_str!("guard.sh"), "proveniq-postgres-guard", signal]);
    command.arg(data).arg(users.as_ref()).current_dir("/").stderr(Stdio::null()).process_group(0);
    command
}
