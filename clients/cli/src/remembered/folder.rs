//! The folder in which this program remembers.

use std::env;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::region::LogOrigin;

use crate::failure::Failure;

/// Where this program remembers.
#[derive(Clone, Debug, clap::Args)]
pub struct StateFolder {
    /// Where to remember checkpoints and progress [default: $XDG_STATE_HOME/proveniq or ~/.local/state/proveniq].
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl StateFolder {
    /// The given folder.
    #[cfg(test)]
    pub fn at(path: PathBuf) -> Self {
        Self { state: Some(path) }
    }

    /// The same with the default filled in, so that it is known to be a path.
    pub fn resolve(&self) -> Result<Self, Failure> {
        let state = self.state.clone().or_else(default);
        match state {
            Some(path) => Ok(Self { state: Some(path) }),
            None => Err(Failure::Usage("there is no home folder to remember in: say --state DIR".to_owned())),
        }
    }

    /// A file of this name in a folder below.
    pub fn file(&self, below: &str, name: &str) -> PathBuf {
        self.state.clone().unwrap_or_default().join(below).join(name)
    }

    /// Where the last checkpoint of a log is remembered.
    pub fn path(&self, origin: &LogOrigin) -> PathBuf {
        self.file("checkpoints", &format!("{}.note", flat(origin)))
    }

    /// The last checkpoint of a log as a note.
    pub fn read(&self, origin: &LogOrigin) -> Result<Option<String>, Failure> {
        let path = self.path(origin);
        match fs::read_to_string(&path) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::unreadable(&path)(error)),
        }
    }

    /// Remembers a note as the last checkpoint of a log.
    pub fn write(&self, origin: &LogOrigin, note: &str) -> Result<(), Failure> {
        write_whole(&self.path(origin), note.as_bytes())
    }

    /// Keeps a note for good, and says where.
    pub fn keep(&self, origin: &LogOrigin, checkpoint: &Checkpoint, note: &str) -> Result<PathBuf, Failure> {
        // The root in the name: two notes of one size are two files, and the same again is the same.
        let name = format!("{}-{}-{:.16}.note", flat(origin), checkpoint.size, checkpoint.root.to_string());
        let path = self.file("alarms", &name);
        write_whole(&path, note.as_bytes())?;
        Ok(path)
    }

    /// Holds every other command off this log's checkpoint until the file is dropped.
    pub fn lock(&self, origin: &LogOrigin) -> Result<File, Failure> {
        let path = self.path(origin).with_extension("lock");
        make_parent(&path)?;
        let file = File::create(&path).map_err(Failure::unwritable(&path))?;
        file.lock().map_err(Failure::unwritable(&path))?;
        Ok(file)
    }
}

/// Replaces a file in one step, so that a crash leaves the old one.
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    make_parent(path)?;
    let mut staged = path.as_os_str().to_owned();
    staged.push(format!(".{}.new", std::process::id()));
    let staged = PathBuf::from(staged);
    fs::write(&staged, contents).map_err(Failure::unwritable(&staged))?;
    fs::rename(&staged, path).map_err(Failure::unwritable(path))
}

fn make_parent(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(Failure::unwritable(folder))
}

/// An origin has lower-case letters, digits, `.`, `-` and `/` only: without the last it is the name of a file.
fn flat(origin: &LogOrigin) -> String {
    origin.to_string().replace('/', "_")
}

/// By the XDG base directory specification, which ignores relative paths.
fn default() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    state.map(|state| state.join("proveniq"))
}
