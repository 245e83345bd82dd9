//! `regions.json` in the state folder: how the command line finds the regions that run here.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One region as the command line sees it. It holds secrets of a development machine: the file is its owner's alone.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RegionEntry {
    /// The region's code.
    pub region: String,
    /// Its base URL.
    pub url: String,
    /// Its database, by the superuser.
    pub database_url: String,
    /// Its database, by the role that audits.
    pub auditor_url: String,
    /// The folder of its wrapping keys.
    pub wrapping_keys: String,
    /// The vkeys of its logs and receipts.
    pub keys: Vec<String>,
    /// An API key of its operator.
    pub operator_key: String,
    /// The demo organization.
    pub demo: DemoAccount,
}

/// The organization that the walk-through uses.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DemoAccount {
    /// What people call it.
    pub name: String,
    /// Its id.
    pub org: String,
    /// An API key of it, for the test log.
    pub key: String,
}

/// Writes a file that only its owner may read, in one step.
pub fn write_private(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let what = || Error::io(format!("cannot write {}", path.display()));
    let staged = path.with_extension("new");
    let _ = fs::remove_file(&staged);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged).map_err(what())?;
    file.write_all(contents).and_then(|()| file.sync_all()).map_err(what())?;
    fs::rename(&staged, path).map_err(what())
}
