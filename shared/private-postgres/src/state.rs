//! Where state lives that must survive a build but does not belong into the checkout.

use crate::Error;
use crate::account::uid;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The folder for everything that is kept on this machine: `$PROVENIQ_STATE` when set; for root
/// `/var/tmp/proveniq-0`, since the server's account may not enter `/root`; else
/// `$XDG_STATE_HOME/proveniq` or `~/.local/state/proveniq`.
pub fn default_state_dir() -> PathBuf {
    if let Some(chosen) = absolute("PROVENIQ_STATE") {
        return chosen;
    }
    let uid = uid().unwrap_or(0);
    let home = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    match home {
        Some(home) if uid != 0 => home.join("proveniq"),
        _ => PathBuf::from(format!("/var/tmp/proveniq-{uid}")),
    }
}

/// The same folder, created when missing; refused when it belongs to another user or others may
/// write to it. The path is free of links.
pub fn state_dir() -> Result<PathBuf, Error> {
    let folder = default_state_dir();
    own_folder(&folder)?;
    folder.canonicalize().map_err(Error::at(folder))
}

/// A folder from the environment; relative ones are ignored, as the XDG specification demands.
fn absolute(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Creates `folder` (mode 755 less umask) or finds it, and refuses one that others may write to:
/// its name can be guessed, and `/tmp` and `/var/tmp` are open to all.
pub(crate) fn own_folder(folder: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(Error::at(folder))?;
    let found = fs::symlink_metadata(folder).map_err(Error::at(folder))?;
    let ours = found.is_dir() && found.uid() == uid()? && found.mode() & 0o022 == 0;
    if ours { Ok(()) } else { Err(Error::NotOurs(folder.to_owned())) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let folder = std::env::temp_dir().join(format!("proveniq-state-{}", std::process::id()));
        own_folder(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let refused = own_folder(&folder);
        fs::remove_dir(&folder).unwrap();
        assert!(matches!(refused, Err(Error::NotOurs(_))));
    }

    #[test]
    fn a_link_is_refused() {
        let link = std::env::temp_dir().join(format!("proveniq-link-{}", std::process::id()));
        symlink("/", &link).unwrap();
        let refused = own_folder(&link);
        fs::remove_file(&link).unwrap();
        assert!(matches!(refused, Err(Error::NotOurs(_))));
    }
}
