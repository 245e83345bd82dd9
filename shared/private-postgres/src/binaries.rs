//! Finding the server's programs on this machine.

use crate::account::Account;
use crate::state::default_state_dir;
use crate::{Error, OLDEST_MAJOR};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Programs that make a folder a usable one; `psql` is not needed.
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Folders `<parent>/<prefix><version>/bin` of Debian, Homebrew (ARM, Intel), Red Hat and `MacPorts`.
const VERSIONED: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@"),
    ("/usr", "pgsql-"),
    ("/opt/local/lib", "postgresql"),
];

/// The programs of one `PostgreSQL` installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The first usable installation, version 15 or newer: `$PG_BIN` (then no other counts), `PATH`,
    /// the folders where packages put it, newest first, and `postgresql/bin` in the state folder.
    pub fn find() -> Result<Self, Error> {
        Self::find_for(&Account::for_server()?, None)
    }

    /// The folder that holds `initdb`, `pg_ctl` and `postgres`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The major version, for instance 15.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Like `find`, runnable by `account` and, for data that exists, of the major that made it.
    pub(crate) fn find_for(account: &Account, major: Option<u32>) -> Result<Self, Error> {
        let usable = |folder: &PathBuf| Self::probe(folder, account);
        if let Some(chosen) = std::env::var_os("PG_BIN").filter(|chosen| !chosen.is_empty()) {
            let chosen = PathBuf::from(chosen);
            return usable(&chosen).ok_or(Error::WrongPgBin(chosen));
        }
        let places = places();
        let fits = |found: &Self| major.is_none_or(|major| found.major == major);
        places.iter().filter_map(usable).find(fits).ok_or_else(|| {
            let list: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
            Error::NoServer { looked_in: list.join(", ") }
        })
    }

    /// An installation in `folder`, if it is whole, new enough and `account` can run it.
    fn probe(folder: &Path, account: &Account) -> Option<Self> {
        if !NEEDED.iter().all(|program| folder.join(program).is_file()) {
            return None;
        }
        // Links, as in /usr/local/bin, are followed: the programs look for their files beside them.
        let folder = folder.join("postgres").canonicalize().ok()?.parent()?.to_owned();
        account.may_enter(&folder).ok()?;
        let mut command = Command::new(folder.join("postgres"));
        account.apply(command.arg("--version").current_dir("/").stdin(Stdio::null()));
        let major = major_of(&String::from_utf8_lossy(&command.output().ok()?.stdout))?;
        (major >= OLDEST_MAJOR).then_some(Self { folder, major })
    }
}

/// Where to look, in order.
fn places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let from_path =
        std::env::split_paths(&path).filter(|folder| folder.is_absolute() && folder.join("pg_ctl").is_file());
    let packaged = VERSIONED.iter().flat_map(|(parent, prefix)| versions(parent, prefix));
    let fallback = default_state_dir().join("postgresql/bin");
    from_path.chain(packaged).chain([fallback]).collect()
}

/// `<parent>/<prefix><version>/bin`, newest version first.
fn versions(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian …)`; betas read `18beta2`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_server_says() {
        for (said, major) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Some(15)),
            ("postgres (PostgreSQL) 18beta2", Some(18)),
            ("postgres: command not found", None),
        ] {
            assert_eq!(major_of(said), major, "{said}");
        }
    }

    #[test]
    fn newer_versions_come_first_and_other_folders_do_not_count() {
        let parent = std::env::temp_dir().join(format!("proveniq-bin-{}", std::process::id()));
        for name in ["9", "15", "16", "common"] {
            fs::create_dir_all(parent.join(name)).unwrap();
        }
        let found = versions(parent.to_str().unwrap(), "");
        fs::remove_dir_all(&parent).unwrap();
        let expected = ["16", "15", "9"].map(|version| parent.join(version).join("bin"));
        assert_eq!(found, expected);
    }
}
