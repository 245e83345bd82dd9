//! One cluster for all tests of this machine's user, however many processes run them.
//!
//! Each test process holds a shared lock on one file for as long as it lives; the kernel takes it
//! back however the process ends. The first one starts the cluster together with a guard, which
//! looks at the lock every few seconds and, when nobody held it for half a minute (nextest starts a
//! process per test, so short gaps are usual), takes it alone, stops the cluster and deletes it.

use crate::account::Account;
use crate::folder::{Folder, lock_file};
use crate::guard::Guard;
use crate::settings::{OnDrop, Settings};
use crate::state::{own_folder, state_dir};
use crate::{Cluster, Error};
use std::fs::{self, File};
use std::path::Path;
use std::sync::OnceLock;

/// The shared cluster and the lock that keeps it alive.
#[derive(Debug)]
struct Shared {
    cluster: Cluster,
    _user: File,
}

/// The cluster that all tests share, started by whoever asks first. It is volatile (no fsync) and
/// belongs to no test: make a database with a name of its own, and neither stop nor kill it (for
/// that there is `Settings::scratch`).
pub fn test_cluster() -> Result<&'static Cluster, &'static Error> {
    static SHARED: OnceLock<Result<Shared, Error>> = OnceLock::new();
    SHARED.get_or_init(share).as_ref().map(|shared| &shared.cluster)
}

fn share() -> Result<Shared, Error> {
    let parent = state_dir()?.join("test");
    own_folder(&parent)?;
    let users = parent.join("users.lock");
    let user = lock_file(&users)?;
    // Waits while the guard is about to stop the cluster.
    user.lock_shared().map_err(Error::at(&users))?;
    // Lets one process start it while others wait.
    let door = parent.join("start.lock");
    let starting = lock_file(&door)?;
    starting.lock().map_err(Error::at(&door))?;
    let settings = Settings::kept(parent.join("cluster")).volatile().on_drop(OnDrop::Leave);
    let cluster = match Cluster::attach(&settings)? {
        Some(running) => running,
        None => anew(&settings, &users)?,
    };
    Ok(Shared { cluster, _user: user })
}

/// Starts from nothing: what a volatile cluster left behind cannot be trusted.
fn anew(settings: &Settings, users: &Path) -> Result<Cluster, Error> {
    fs::remove_dir_all(&settings.folder).map_err(Error::at(&settings.folder))?;
    let folder = Folder::prepare(&settings.folder, &Account::for_server()?)?;
    // Before the server, so that there is no moment when our death would leave it unguarded.
    Guard::of_users(&folder, users)?;
    Cluster::start(settings)
}
