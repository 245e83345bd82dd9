//! Secret files: 32 bytes as 64 hex digits and a newline, readable by their owner only.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use thiserror::Error;
use truth_kernel::encoding;
use zeroize::Zeroizing;

use crate::durable::{self, Access};
use crate::random::Random;

/// Why a secret file cannot be used. It names the file, never its content.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// There is one already: keys are never overwritten.
    #[error("{0} exists already, and a key is never overwritten")]
    Exists(PathBuf),
    /// Others than the owner may read or write it.
    #[error("{path} has mode {mode:04o}: only its owner may have access (chmod 600)")]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It does not hold 64 hex digits and at most a newline.
    #[error("{0} does not hold 32 bytes as 64 lower-case hex digits")]
    Malformed(PathBuf),
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl KeyFileError {
    /// Whether the file is missing, as opposed to unusable.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists(path),
            _ => Self::Io { path, source },
        }
    }
}

/// Writes 32 random bytes to a new file with mode 0600, durably, and makes its folder.
pub fn generate(path: &Path, random: Random) -> Result<(), KeyFileError> {
    let mut text = Zeroizing::new(String::with_capacity(65));
    encoding::push_hex(random.secret::<32>().as_ref(), &mut text);
    text.push('\n');
    path.parent()
        .map_or(Ok(()), durable::create_folders)
        .and_then(|()| durable::create(path, text.as_bytes(), Access::Owner))
        .map_err(|source| KeyFileError::io(path, source))
}

/// Reads a secret of 32 bytes from a file that only its owner may read.
pub fn read(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let text = read_text(path)?;
    let digits = text.strip_suffix('\n').unwrap_or(&text);
    let bytes = encoding::decode_hex(digits);
    bytes.map(Zeroizing::new).map_err(|_| KeyFileError::Malformed(path.to_owned()))
}

/// Reads a secret text (a bearer token) from a file that only its owner may read.
pub fn read_text(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let io = |source| KeyFileError::io(path, source);
    let mut file = File::open(path).map_err(io)?;
    let mode = file.metadata().map_err(io)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::TooOpen { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(128));
    file.by_ref().take(4096).read_to_string(&mut text).map_err(io)?;
    Ok(text)
}

/// Takes the secret away: overwritten, then deleted. The file system may keep a copy of the old
/// blocks; a real key service does not.
pub(crate) fn shred(path: &Path) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::io(path, source);
    let length = fs::metadata(path).map_err(io)?.len();
    let file = File::options().write(true).open(path).map_err(io)?;
    io::copy(&mut io::repeat(0).take(length), &mut &file).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::remove_file(path).map_err(io)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::os::unix::fs::PermissionsExt;

    use super::{KeyFileError, Random, fs, generate, read};
    use crate::test_folder::TestFolder;

    #[test]
    fn a_generated_key_reads_back_and_is_never_overwritten() {
        let folder = TestFolder::new();
        let path = folder.join("keys/a.key");
        generate(&path, Random::system()).unwrap();
        let first = read(&path).unwrap();
        assert!(matches!(generate(&path, Random::system()), Err(KeyFileError::Exists(_))));
        assert_eq!(*read(&path).unwrap(), *first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = TestFolder::new();
        let path = folder.join("a.key");
        generate(&path, Random::system()).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o777] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = matches!(read(&path), Err(KeyFileError::TooOpen { mode: m, .. }) if m == mode);
            assert!(refused, "{mode:o}");
        }
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused() {
        let folder = TestFolder::new();
        for (name, text) in [("empty", ""), ("short", "00ff\n"), ("upper", &"AB".repeat(32))] {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(read(&path), Err(KeyFileError::Malformed(_))), "{name}");
        }
        assert!(read(&folder.join("absent")).unwrap_err().is_missing());
    }
}
