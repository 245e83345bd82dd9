//! A bucket as a folder: `REGION`, `lock`, unfinished writes in `staging/`, the objects as files
//! below `objects/`.
//!
//! An object's generation is its file's modification time in milliseconds, set before the file gets
//! its name and always later than that of the file it replaces: so bytes and generation change in
//! one rename. Replacements take an advisory lock (`flock`) that excludes other processes, too.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use truth_kernel::region::Region;

use super::{BucketError, Generation, Object, ObjectPath};
use crate::blocking::blocking;
use crate::clock::Clock;
use crate::durable::{self, Access, Staged};

/// How long a replacement waits for the lock: far longer than one takes, far shorter than a request.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// A bucket on this machine's file system.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    clock: Clock,
}

impl Folder {
    /// Makes a bucket of `region` in `root`, or finds the one that is there; a bucket of another
    /// region is refused ([`BucketError::Elsewhere`]).
    pub fn create_in(root: &Path, region: &Region, clock: Clock) -> Result<Self, BucketError> {
        durable::create_folders(&root.join("objects"))?;
        durable::create_folders(&root.join("staging"))?;
        let stamp = format!("{region}\n");
        match durable::create(&root.join("REGION"), stamp.as_bytes(), Access::Default) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        match read_stamp(root)? {
            found if found == *region => Self::open(root, clock),
            found => Err(BucketError::Elsewhere(found)),
        }
    }

    /// Opens a bucket that exists; a folder without a stamp is not one.
    pub fn open(root: &Path, clock: Clock) -> Result<Self, BucketError> {
        read_stamp(root)?;
        let folder = Self { root: root.to_owned(), clock };
        sweep(&root.join("staging"), folder.now())?;
        Ok(folder)
    }

    pub(super) async fn create(&self, path: &ObjectPath, bytes: Vec<u8>) -> Result<Generation, BucketError> {
        let (target, now, staging) = (self.file_of(path), self.now(), self.root.join("staging"));
        blocking(move || {
            let staged = stage(&staging, &target, &bytes)?;
            let generation = stamp_generation(staged.file(), now, Generation(0))?;
            staged.link(&target)?;
            Ok(generation)
        })
        .await
    }

    pub(super) async fn replace(
        &self,
        path: &ObjectPath,
        bytes: Vec<u8>,
        expected: Generation,
    ) -> Result<Generation, BucketError> {
        let (target, now, root) = (self.file_of(path), self.now(), self.root.clone());
        blocking(move || {
            // Written before the lock is taken, so that the lock is never held through a flush of data.
            let staged = stage(&root.join("staging"), &target, &bytes)?;
            let _held = hold(&root.join("lock"))?;
            if current_generation(&target)? != Some(expected) {
                return Err(BucketError::Changed);
            }
            let generation = stamp_generation(staged.file(), now, expected)?;
            staged.rename(&target)?;
            Ok(generation)
        })
        .await
    }

    pub(super) async fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BucketError> {
        let target = self.file_of(path);
        blocking(move || match File::open(&target) {
            Ok(file) if file.metadata()?.is_file() => read_object(file).map(Some),
            Ok(_) => Ok(None),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error.into()),
        })
        .await
    }

    pub(super) async fn location(&self) -> Result<Region, BucketError> {
        let root = self.root.clone();
        blocking(move || read_stamp(&root)).await
    }

    fn file_of(&self, path: &ObjectPath) -> PathBuf {
        path.below(&self.root.join("objects"))
    }

    fn now(&self) -> Generation {
        Generation(u64::try_from(self.clock.now().millis()).unwrap_or_default())
    }
}

fn stage(staging: &Path, target: &Path, bytes: &[u8]) -> io::Result<Staged> {
    durable::create_folders(target.parent().unwrap_or(target))?;
    Staged::write(staging, bytes, Access::Default)
}

/// Deletes what killed writers left behind. A write takes seconds, so an hour-old file is nobody's; one
/// that is gone meanwhile was swept by another process.
fn sweep(staging: &Path, now: Generation) -> io::Result<()> {
    const HOUR: u64 = 3_600_000;
    for entry in fs::read_dir(staging)?.flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        if modified.is_ok_and(|modified| generation_of(modified).0 + HOUR < now.0) {
            // What cannot be deleted now is left for the next start.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// Gives a staged file its generation: now, or the next after `previous` if the clock is behind it.
fn stamp_generation(file: &File, now: Generation, previous: Generation) -> io::Result<Generation> {
    let wanted = now.max(Generation(previous.0 + 1));
    file.set_modified(UNIX_EPOCH + Duration::from_millis(wanted.0))?;
    file.sync_all()?;
    match generation_of(file.metadata()?.modified()?) {
        kept if kept == wanted => Ok(wanted),
        _ => Err(io::Error::other("this file system does not keep times to the millisecond")),
    }
}

fn generation_of(modified: SystemTime) -> Generation {
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    Generation(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn current_generation(target: &Path) -> io::Result<Option<Generation>> {
    match fs::metadata(target) {
        Ok(metadata) => Ok(Some(generation_of(metadata.modified()?))),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Bytes and generation of one open file: it is never written again, only replaced as a whole.
fn read_object(mut file: File) -> Result<Object, BucketError> {
    let generation = generation_of(file.metadata()?.modified()?);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Object { bytes, generation })
}

/// Takes the bucket's lock; it is released when the file is dropped, also by the death of the process.
fn hold(lock: &Path) -> Result<File, BucketError> {
    let file = File::options().create(true).truncate(false).write(true).open(lock)?;
    for _ in 0..LOCK_PATIENCE.as_millis() / LOCK_PAUSE.as_millis() {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(BucketError::Busy)
}

fn read_stamp(root: &Path) -> Result<Region, BucketError> {
    let not_a_bucket = || BucketError::NotABucket(root.to_owned());
    let stamp = fs::read_to_string(root.join("REGION")).map_err(|_| not_a_bucket())?;
    stamp.trim_end().parse().map_err(|_| not_a_bucket())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
