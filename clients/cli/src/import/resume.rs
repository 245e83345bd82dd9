//! How far an earlier import of the same file into the same ledger came.

use std::fs;
use std::path::{Path, PathBuf};

use truth_kernel::hash::sha256;

use crate::failure::Failure;
use crate::http::Client;

/// A note of how many claims of a file a ledger has, for one API key.
#[derive(Debug)]
pub struct Resume {
    path: PathBuf,
}

impl Resume {
    /// That of this file and ledger. The key counts too: another one may be another organization's.
    pub fn of(folder: &Path, file: &[u8], client: &Client) -> Self {
        let file = sha256(&[file]);
        let name = sha256(&[file.as_bytes(), client.base().as_bytes(), b"\0", client.key().as_bytes()]);
        Self { path: folder.join("imports").join(name.to_string()) }
    }

    /// The ledger has the first so many claims. A note that cannot be read says none, which is safe.
    pub fn claims_done(&self) -> usize {
        fs::read_to_string(&self.path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// Notes that the ledger has the first so many claims.
    pub fn keep(&self, claims: usize) -> Result<(), Failure> {
        let folder = self.path.parent().unwrap_or(&self.path);
        let staged = self.path.with_extension("new");
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&staged, claims.to_string()))
            .and_then(|()| fs::rename(&staged, &self.path));
        written.map_err(Failure::unwritable(&self.path))
    }
}
