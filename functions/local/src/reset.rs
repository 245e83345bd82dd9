//! Starting over: what an earlier start kept is deleted.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use private_postgres::{Cluster, Settings, Shutdown};

use crate::error::Error;

/// Deletes a region of `domain` from the state folder, and what the command line remembers of its logs.
pub fn region(state: &Path, domain: &str, region: &str) -> Result<(), Error> {
    let folder = state.join(region);
    // A cluster that an interrupted start left running would go on in a deleted folder.
    if let Some(running) = Cluster::attach(&Settings::kept(folder.join("postgres")))? {
        running.stop(Shutdown::Immediate)?;
    }
    unless_missing(fs::remove_dir_all(&folder)).map_err(Error::io(format!("cannot delete {}", folder.display())))?;
    let notes = state.join("checkpoints");
    forget(&notes, domain, region).map_err(Error::io(format!("cannot delete from {}", notes.display())))
}

/// Deletes the remembered checkpoints: the new logs have the names of the old ones, and would be taken for them with
/// another history.
fn forget(notes: &Path, domain: &str, region: &str) -> io::Result<()> {
    let of_region = format!("{domain}_{region}_");
    let Ok(entries) = fs::read_dir(notes) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&of_region) {
            unless_missing(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

fn unless_missing(deleted: io::Result<()>) -> io::Result<()> {
    match deleted {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn the_checkpoints_of_the_old_logs_are_forgotten_and_no_others() {
        let notes = std::env::temp_dir().join(format!("proveniq-reset-{}", std::process::id()));
        fs::create_dir_all(&notes).unwrap();
        for log in ["a.localhost_us-east1_1", "a.localhost_us-east1_test-1", "a.localhost_us-east10_1", "b_us-east1_1"]
        {
            fs::write(notes.join(format!("{log}.note")), "").unwrap();
        }
        forget(&notes, "a.localhost", "us-east1").unwrap();
        let mut left: Vec<_> = fs::read_dir(&notes).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        fs::remove_dir_all(&notes).unwrap();
        assert_eq!(left, ["a.localhost_us-east10_1.note", "b_us-east1_1.note"]);
        forget(&notes, "a.localhost", "us-east1").unwrap();
    }
}
