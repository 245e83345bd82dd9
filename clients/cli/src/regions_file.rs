//! `regions.json`: how the command line finds the regions that `bin/dev` runs on this machine.
//!
//! `bin/dev` writes it into its state folder: a list of objects with the members of [`RegionEntry`]
//! (unknown ones are ignored).

use std::path::{Path, PathBuf};

use serde::Deserialize;
use truth_kernel::note::VerifierKey;

use crate::failure::Failure;

/// A region on this machine.
#[derive(Clone, Debug, Deserialize)]
pub struct RegionEntry {
    /// The region's code.
    pub region: String,
    /// Its database, by the superuser.
    pub database_url: String,
    /// Its database, by the role that audits.
    pub auditor_url: String,
    /// The folder of its wrapping keys.
    pub wrapping_keys: PathBuf,
    /// The vkeys of its logs and receipts.
    pub keys: Vec<VerifierKey>,
}

/// The region of this code, from the state folder's `regions.json`.
pub(crate) fn find(state: Option<&Path>, code: &str) -> Result<RegionEntry, Failure> {
    let folder = state.map_or_else(private_postgres::default_state_dir, Path::to_owned);
    let path = folder.join("regions.json");
    let text = std::fs::read(&path).map_err(Failure::unreadable(&path))?;
    let regions: Vec<RegionEntry> = serde_json::from_slice(&text)
        .map_err(|error| Failure::new(crate::failure::Exit::Data, format!("{}: {error}", path.display())))?;
    let known = || regions.iter().map(|entry| entry.region.as_str()).collect::<Vec<_>>().join(", ");
    let unknown = Failure::usage(format!("{} does not know the region {code}; it knows {}", path.display(), known()));
    regions.iter().find(|entry| entry.region == code).cloned().ok_or(unknown)
}
