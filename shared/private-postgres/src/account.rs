//! The operating-system account that the server runs as.

use crate::Error;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// Whom the server runs as: ourselves, or an unprivileged account when we are root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    Ourselves,
    Lesser { name: String, uid: u32, gid: u32 },
}

impl Account {
    /// Ourselves unless we are root, else `postgres`, else `nobody`.
    pub(crate) fn for_server() -> Result<Self, Error> {
        if uid()? != 0 {
            return Ok(Self::Ourselves);
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(Error::at("/etc/passwd"))?;
        ["postgres", "nobody"].into_iter().find_map(|name| Self::from_passwd(&passwd, name)).ok_or(Error::NoAccount)
    }

    /// One entry of a passwd file, `name:password:uid:gid:…`.
    fn from_passwd(passwd: &str, wanted: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| *name == wanted)?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Self::Lesser { name, uid, gid })
        })
    }

    /// Makes `command` run as this account, without its caller's other groups.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Self::Lesser { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
    }

    /// The mode of a folder of ours that this account must pass through and nobody else needs to.
    pub(crate) fn passable(&self) -> u32 {
        match self {
            Self::Ourselves => 0o700,
            Self::Lesser { .. } => 0o711,
        }
    }

    /// Makes this account the owner of `path`.
    pub(crate) fn own(&self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Lesser { uid, gid, .. } => chown(path, Some(*uid), Some(*gid)).map_err(Error::at(path)),
        }
    }

    /// Refuses a folder that this account cannot reach because one of its parents is closed.
    pub(crate) fn may_enter(&self, folder: &Path) -> Result<(), Error> {
        let Self::Lesser { name, uid, gid } = self else {
            return Ok(());
        };
        for ancestor in folder.ancestors().filter(|path| !path.as_os_str().is_empty()) {
            let found = fs::metadata(ancestor).map_err(Error::at(ancestor))?;
            let search = match (found.uid() == *uid, found.gid() == *gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            if found.mode() & search == 0 {
                return Err(Error::NotEnterable { account: name.clone(), barrier: ancestor.to_owned() });
            }
        }
        Ok(())
    }
}

/// Our own user id; asked from `id`, as the standard library does not tell.
pub(crate) fn uid() -> Result<u32, Error> {
    static UID: OnceLock<u32> = OnceLock::new();
    if let Some(uid) = UID.get() {
        return Ok(*uid);
    }
    let output = Command::new("id").arg("-u").output().map_err(Error::at("id"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let uid = text.parse().map_err(|_| Error::Failed { program: "id", detail: text })?;
    Ok(*UID.get_or_init(|| uid))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nnobody2:x:1:1::/:\nnobody:x:65534:65533:nobody:/:/\n";

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let nobody = Account::Lesser { name: "nobody".into(), uid: 65534, gid: 65533 };
        assert_eq!(Account::from_passwd(PASSWD, "nobody"), Some(nobody));
        assert_eq!(Account::from_passwd(PASSWD, "postgres"), None);
    }

    #[test]
    fn a_closed_parent_is_named() {
        let top = std::env::temp_dir().join(format!("proveniq-account-{}", std::process::id()));
        let inner = top.join("closed/inner");
        fs::create_dir_all(&inner).unwrap();
        for (folder, mode) in [(&top, 0o755), (&top.join("closed"), 0o700), (&inner, 0o755)] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
        let stranger = Account::Lesser { name: "stranger".into(), uid: 64_999, gid: 64_999 };
        let refused = stranger.may_enter(&inner).unwrap_err();
        fs::remove_dir_all(&top).unwrap();
        assert!(matches!(refused, Error::NotEnterable { barrier, .. } if barrier == top.join("closed")));
    }
}
