//! Files that survive a crash: temporary file, flush, link or rename, flush of the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::random::Random;

/// Who may read a new file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// Its owner only (0600).
    Owner,
    /// As the process's umask says.
    Default,
}

/// A fully written and flushed file without its final name. Dropped without being given one, it is
/// deleted, so a failure leaves nothing half-written.
pub(crate) struct Staged {
    path: PathBuf,
    file: File,
}

impl Staged {
    /// Writes `bytes` to a new file in `folder`, which must be on the target's file system.
    pub(crate) fn write(folder: &Path, bytes: &[u8], access: Access) -> io::Result<Self> {
        let name = u128::from_be_bytes(Random::system().bytes());
        let path = folder.join(format!(".{name:032x}.tmp"));
        let mode = match access {
            Access::Owner => 0o600,
            Access::Default => 0o666,
        };
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
        let mut staged = Self { path, file };
        staged.file.write_all(bytes)?;
        staged.file.sync_all()?;
        Ok(staged)
    }

    /// The open file, to set its times or read its metadata.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Gives it the name `target`, which must be free (`AlreadyExists`). In both cases the folder is
    /// flushed, so a file that is said to exist is also there after a crash.
    pub(crate) fn link(self, target: &Path) -> io::Result<()> {
        let linked = fs::hard_link(&self.path, target);
        match &linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return linked,
            _ => flush_parent(target)?,
        }
        linked
    }

    /// Gives it the name `target`, replacing what had it.
    pub(crate) fn rename(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        flush_parent(target)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename there is nothing to delete; a name left behind holds no state.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes `folder` and its missing parents, each flushed into the one above.
pub(crate) fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        create_folders(parent)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => flush_parent(folder),
    }
}

/// Writes a file that must not exist yet, durably and in one step.
pub(crate) fn create(target: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    Staged::write(parent(target), bytes, access)?.link(target)
}

fn flush_parent(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
