//! A streaming standby of a cluster.

use super::launch::run;
use super::{Cluster, PORT};
use crate::settings::Settings;
use crate::{Error, SUPERUSER};
use std::fs;

impl Cluster {
    /// Copies this running cluster into the folder of `settings` and starts the copy as its streaming standby: read only, with the same
    /// roles and databases. Its end is its own (`OnDrop`); should this cluster end first, it waits for it to come back.
    ///
    /// Nothing on this cluster remembers a standby that is away: set `wal_keep_size` where one is stopped and started again.
    pub fn standby(&self, settings: &Settings) -> Result<Self, Error> {
        Self::start_from(settings, |standby| standby.copy(self))
    }

    /// `pg_basebackup`, unless there is data. The copy includes `../settings.conf`, which is that of its own folder.
    fn copy(&self, primary: &Self) -> Result<(), Error> {
        if self.folder.major().is_some() {
            return Ok(());
        }
        let unfinished = self.folder.unfinished(&self.account)?;
        let mut copy = self.program("pg_basebackup");
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream", "--no-sync"]);
        copy.args(["--username", SUPERUSER, "--port", &PORT.to_string(), "--host"]).arg(primary.socket_dir());
        copy.arg("--pgdata").arg(&unfinished);
        run("pg_basebackup", copy)?;
        fs::rename(&unfinished, self.folder.data()).map_err(Error::at(&unfinished))
    }
}
