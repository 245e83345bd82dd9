//! Key versions as files `<number>.key`; a destroyed one leaves `<number>.destroyed`, so that its
//! number is never given again. A lock keeps two destroyers from each leaving the other's version.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{KeyVersion, WrapError};
use crate::aead::{Cipher, Key};
use crate::blocking::blocking;
use crate::durable::{self, Access};
use crate::key_file;
use crate::random::Random;

/// Wrapping keys on this machine's file system.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    random: Random,
}

impl Folder {
    /// The keys in `root`, which is made if it is missing and may be empty.
    pub fn open(root: &Path, random: Random) -> Result<Self, WrapError> {
        durable::create_folders(root)?;
        Ok(Self { root: root.to_owned(), random })
    }

    pub(super) async fn create_version(&self) -> Result<KeyVersion, WrapError> {
        let this = self.clone();
        blocking(move || {
            let _held = this.lock()?;
            let highest = this.versions("key")?.into_iter().chain(this.versions("destroyed")?).max();
            let version = KeyVersion(highest.map_or(1, |highest| highest.0 + 1));
            key_file::generate(&this.file(version, "key"), this.random)?;
            Ok(version)
        })
        .await
    }

    pub(super) async fn wrap(&self, version: KeyVersion, associated: &[u8], key: &Key) -> Result<Vec<u8>, WrapError> {
        Ok(self.cipher(version).await?.seal_key(self.random, associated, key))
    }

    pub(super) async fn unwrap(
        &self,
        version: KeyVersion,
        associated: &[u8],
        wrapped: &[u8],
    ) -> Result<Key, WrapError> {
        Ok(self.cipher(version).await?.open_key(associated, wrapped)?)
    }

    pub(super) async fn destroy(&self, version: KeyVersion) -> Result<(), WrapError> {
        let this = self.clone();
        blocking(move || {
            let _held = this.lock()?;
            match this.versions("key")?.as_slice() {
                living if !living.contains(&version) => return this.already_destroyed(version),
                [_] => return Err(WrapError::LastVersion(version)),
                _ => {}
            }
            this.bury(version)
        })
        .await
    }

    /// The tombstone first: a crash in between leaves a key that a second call destroys.
    fn bury(&self, version: KeyVersion) -> Result<(), WrapError> {
        match durable::create(&self.file(version, "destroyed"), b"", Access::Owner) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        key_file::shred(&self.file(version, "key"))?;
        Ok(File::open(&self.root)?.sync_all()?)
    }

    fn already_destroyed(&self, version: KeyVersion) -> Result<(), WrapError> {
        let is_destroyed = self.file(version, "destroyed").exists();
        is_destroyed.then_some(()).ok_or(WrapError::NoVersion(version))
    }

    async fn cipher(&self, version: KeyVersion) -> Result<Cipher, WrapError> {
        let path = self.file(version, "key");
        blocking(move || match key_file::read(&path) {
            Ok(bytes) => Ok(Key::from_bytes(&bytes).expand()),
            Err(error) if error.is_missing() => Err(WrapError::NoVersion(version)),
            Err(error) => Err(error.into()),
        })
        .await
    }

    fn versions(&self, extension: &str) -> io::Result<Vec<KeyVersion>> {
        let mut versions = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let path = entry?.path();
            let number: Option<KeyVersion> = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
            let is_kind = path.extension().is_some_and(|found| found == extension);
            versions.extend(number.filter(|_| is_kind));
        }
        Ok(versions)
    }

    fn file(&self, version: KeyVersion, extension: &str) -> PathBuf {
        self.root.join(format!("{version}.{extension}"))
    }

    fn lock(&self) -> io::Result<File> {
        let options = File::options().create(true).truncate(false).write(true).clone();
        let file = options.open(self.root.join("lock"))?;
        file.lock()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Folder, Key, KeyVersion, Random, WrapError};
    use crate::key_wrapper::KeyWrapper;
    use crate::test_folder::TestFolder;

    fn wrapper(root: &TestFolder) -> KeyWrapper {
        KeyWrapper::Folder(Folder::open(root, Random::system()).unwrap())
    }

    #[tokio::test]
    async fn a_wrapped_key_unwraps_under_its_version_and_associated_data_only() {
        let root = TestFolder::new();
        let (keys, key) = (wrapper(&root), Key::generate(Random::system()));
        let (first, second) = (keys.create_version().await.unwrap(), keys.create_version().await.unwrap());
        assert_eq!((first.number(), second.number()), (1, 2));
        let wrapped = keys.wrap(first, b"generation 1", &key).await.unwrap();
        let again = wrapper(&root).unwrap(first, b"generation 1", &wrapped).await.unwrap();
        assert_eq!(again.as_bytes(), key.as_bytes());
        for (version, associated) in [(second, &b"generation 1"[..]), (first, b"generation 2")] {
            let refused = keys.unwrap(version, associated, &wrapped).await;
            assert!(matches!(refused, Err(WrapError::DoesNotOpen(_))));
        }
        let unknown = KeyVersion::new(9).unwrap();
        assert!(matches!(keys.wrap(unknown, b"", &key).await, Err(WrapError::NoVersion(_))));
    }

    #[tokio::test]
    async fn a_destroyed_version_is_gone_for_good_and_its_number_too() {
        let root = TestFolder::new();
        let (keys, key) = (wrapper(&root), Key::generate(Random::system()));
        let first = keys.create_version().await.unwrap();
        let wrapped = keys.wrap(first, b"", &key).await.unwrap();
        let second = keys.create_version().await.unwrap();
        keys.destroy(second).await.unwrap();
        keys.destroy(second).await.unwrap();
        assert_eq!(keys.create_version().await.unwrap().number(), 3, "2 is not given again");
        keys.destroy(first).await.unwrap();
        assert!(matches!(keys.unwrap(first, b"", &wrapped).await, Err(WrapError::NoVersion(_))));
    }

    #[tokio::test]
    async fn the_only_version_is_never_destroyed() {
        let root = TestFolder::new();
        let keys = wrapper(&root);
        let only = keys.create_version().await.unwrap();
        assert!(matches!(keys.destroy(only).await, Err(WrapError::LastVersion(v)) if v == only));
        let never_made = KeyVersion::new(7).unwrap();
        assert!(matches!(keys.destroy(never_made).await, Err(WrapError::NoVersion(_))));
        keys.wrap(only, b"", &Key::generate(Random::system())).await.unwrap();
    }
}
