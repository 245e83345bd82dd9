//! One private cluster: made, started, stopped, killed, started again.

mod launch;
mod standby;

use crate::account::Account;
use crate::folder::Folder;
use crate::guard::Guard;
use crate::process::{kill, working_in};
use crate::settings::Settings;
use crate::{Binaries, Error};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

/// Names the socket's file only: no TCP port is opened.
const PORT: u16 = 54320;

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// Transactions are rolled back, everything is written; the next start is quick.
    Fast,
    /// Backends quit at once; the next start recovers from the log.
    Immediate,
}

/// A running private cluster. What happens when it is dropped, `OnDrop` in its settings says.
#[derive(Debug)]
pub struct Cluster {
    folder: Folder,
    account: Account,
    binaries: Binaries,
    // Dropped last of all: it ends the cluster.
    _guard: Option<Guard>,
}

impl Cluster {
    /// Makes the cluster unless its folder has one, and starts it unless it runs. Blocks until
    /// connections are accepted: about half a second for a new cluster.
    pub fn start(settings: &Settings) -> Result<Self, Error> {
        Self::start_from(settings, Self::initialise)
    }

    /// Starts the cluster of this folder, whose data `make` makes unless there is some.
    fn start_from(settings: &Settings, make: impl FnOnce(&Self) -> Result<(), Error>) -> Result<Self, Error> {
        let account = Account::for_server()?;
        let folder = Folder::prepare(&settings.folder, &account)?;
        let lock = folder.lock()?;
        let binaries = binaries_for(&folder, &account)?;
        let guard = Guard::of_owner(&folder, lock, settings.on_drop)?;
        let cluster = Self { folder, account, binaries, _guard: guard };
        cluster.configure(settings)?;
        make(&cluster)?;
        cluster.launch()?;
        Ok(cluster)
    }

    /// Starts several clusters side by side; the first error counts.
    pub fn start_all(settings: &[Settings]) -> Result<Vec<Self>, Error> {
        thread::scope(|scope| {
            let starting: Vec<_> = settings.iter().map(|one| scope.spawn(|| Self::start(one))).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            starting.into_iter().map(join).collect()
        })
    }

    /// A cluster that some process started with the same settings and left running.
    pub fn attach(settings: &Settings) -> Result<Option<Self>, Error> {
        let account = Account::for_server()?;
        let folder = Folder::prepare(&settings.folder, &account)?;
        let binaries = binaries_for(&folder, &account)?;
        let cluster = Self { folder, account, binaries, _guard: None };
        Ok(cluster.is_running().then_some(cluster))
    }

    /// The address of `database` for `user`, for libpq, sqlx, node-pg …; no password is needed.
    pub fn url(&self, database: &str, user: &str) -> String {
        let [database, user] = [database, user].map(percent_encoded);
        let socket = percent_encoded(&self.folder.socket().to_string_lossy());
        format!("postgres://{user}@localhost:{PORT}/{database}?host={socket}")
    }

    /// The folder of the server's socket, for programs that take host and port apart.
    pub fn socket_dir(&self) -> &Path {
        self.folder.socket()
    }

    /// The number in the name of the socket's file.
    pub fn port(&self) -> u16 {
        PORT
    }

    /// The data folder, for instance to measure its size or the disk's flush.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.data()
    }

    /// The programs that this cluster runs with.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// Whether the postmaster lives.
    pub fn is_running(&self) -> bool {
        self.postmaster().is_some()
    }

    /// The postmaster's process, if it lives. A pid file that a killed server left does not count.
    pub fn postmaster(&self) -> Option<u32> {
        let file = fs::read_to_string(self.folder.data().join("postmaster.pid")).ok()?;
        let id = file.lines().next()?.trim().parse().ok()?;
        working_in(&self.folder.data()).contains(&id).then_some(id)
    }

    /// Stops the server; one that does not run is no error. Dropping does so too.
    pub fn stop(&self, how: Shutdown) -> Result<(), Error> {
        if !self.is_running() {
            return Ok(());
        }
        let mode = match how {
            Shutdown::Fast => "fast",
            Shutdown::Immediate => "immediate",
        };
        self.pg_ctl(&["-w", "-t", "120", "-m", mode, "stop"])
    }

    /// Stops the server if it runs, and starts it: also the way back after `kill`.
    pub fn restart(&self) -> Result<(), Error> {
        self.stop(Shutdown::Fast)?;
        self.launch()
    }

    /// `kill -9` for the postmaster and every backend at once, as if the machine had lost power
    /// (what the system holds for the disk is not lost). Returns when all are gone.
    pub fn kill(&self) -> Result<(), Error> {
        let data = self.folder.data();
        kill(&working_in(&data))?;
        self.wait_for_the_dead()
    }

    /// `kill -9` for one backend, by the id that `pg_backend_pid()` gives. The server then throws
    /// out every other connection and recovers by itself.
    pub fn kill_backend(&self, id: u32) -> Result<(), Error> {
        let ours = working_in(&self.folder.data()).contains(&id) && self.postmaster() != Some(id);
        if ours { kill(&[id]) } else { Err(Error::NotABackend(id)) }
    }
}

/// The programs to use, of the major version that made the data when there is data.
fn binaries_for(folder: &Folder, account: &Account) -> Result<Binaries, Error> {
    let major = folder.major();
    Binaries::find_for(account, major).map_err(|error| match (error, major) {
        (Error::NoServer { .. }, Some(major)) if Binaries::find().is_ok() => {
            Error::OtherMajor { folder: folder.top().to_owned(), major }
        }
        (error, _) => error,
    })
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn only_unreserved_characters_stay_in_an_address() {
        assert_eq!(percent_encoded("/a b/é-1"), "%2Fa%20b%2F%C3%A9-1");
    }
}
