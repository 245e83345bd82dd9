//! Making and starting the server of a cluster.

use super::{Cluster, PORT};
use crate::process::{wait_until, working_in};
use crate::settings::{Settings, quoted};
use crate::{Error, SUPERUSER};
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long processes of a killed server may take to be gone.
const DYING: Duration = Duration::from_secs(30);

impl Cluster {
    /// Writes the settings where the server reads them at its next start.
    pub(super) fn configure(&self, settings: &Settings) -> Result<(), Error> {
        let socket = quoted(&self.folder.socket().to_string_lossy());
        let conf = format!(
            "listen_addresses = ''\nport = {PORT}\nunix_socket_directories = {socket}\n\
             unix_socket_permissions = 0700\n{}",
            settings.server_conf()
        );
        let path = self.folder.settings();
        fs::write(&path, conf).map_err(Error::at(&path))?;
        // Nothing in it is secret, and the server's account must read it whatever our umask.
        fs::set_permissions(&path, Permissions::from_mode(0o644)).map_err(Error::at(&path))
    }

    /// `initdb`, unless there is data. Flushing the empty cluster to the disk (`-N` omits it) would
    /// take longer than all the rest; a crash of the machine right after may ask for a new start.
    pub(super) fn initialise(&self) -> Result<(), Error> {
        if self.folder.major().is_some() {
            return Ok(());
        }
        let unfinished = self.folder.unfinished(&self.account)?;
        let mut initdb = self.program("initdb");
        initdb.args(["-N", "--encoding=UTF8", "--locale=C", "--auth-local=trust"]);
        initdb.args(["--auth-host=reject", "--username", SUPERUSER, "--pgdata"]).arg(&unfinished);
        run("initdb", initdb)?;
        let conf = unfinished.join("postgresql.conf");
        let mut file = OpenOptions::new().append(true).open(&conf).map_err(Error::at(&conf))?;
        file.write_all(b"\ninclude = '../settings.conf'\n").map_err(Error::at(&conf))?;
        fs::rename(&unfinished, self.folder.data()).map_err(Error::at(&unfinished))
    }

    /// Starts the server unless it runs.
    pub(super) fn launch(&self) -> Result<(), Error> {
        if self.is_running() {
            return self.pg_ctl(&["status"]);
        }
        // Backends of a killed postmaster end by themselves, and must before it starts again.
        self.wait_for_the_dead()?;
        self.forget_the_dead()?;
        let log = self.folder.log();
        let written = fs::metadata(&log).map_or(0, |found| found.len());
        let log_name = log.to_string_lossy();
        self.pg_ctl(&["-w", "-t", "120", "-l", &log_name, "start"]).map_err(|error| match error {
            Error::Failed { program, detail } => {
                let said = fs::read(&log).unwrap_or_default();
                let new = said.get(usize::try_from(written).unwrap_or(0)..).unwrap_or_default();
                Error::Failed { program, detail: format!("{detail}\n{}", String::from_utf8_lossy(new)) }
            }
            other => other,
        })
    }

    pub(super) fn wait_for_the_dead(&self) -> Result<(), Error> {
        let data = self.folder.data();
        let gone = wait_until(DYING, || working_in(&data).is_empty());
        if gone { Ok(()) } else { Err(Error::InUse(data)) }
    }

    /// Deletes the pid files of a server that is gone: should its number belong to another process
    /// of the same user by now, the server would refuse to start.
    fn forget_the_dead(&self) -> Result<(), Error> {
        let of_socket = format!(".s.PGSQL.{PORT}.lock");
        let left = [self.folder.data().join("postmaster.pid"), self.folder.socket().join(of_socket)];
        left.iter().try_for_each(|path| match fs::remove_file(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::at(path)(e)),
            _ => Ok(()),
        })
    }

    pub(super) fn pg_ctl(&self, arguments: &[&str]) -> Result<(), Error> {
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl.arg("-D").arg(self.folder.data()).args(arguments);
        run("pg_ctl", pg_ctl)
    }

    /// A program of the server, run as its account with neither locale nor `PG…` variables.
    pub(super) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.folder().join(name));
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        command.env_clear().env("PATH", path).env("HOME", self.folder.top());
        command.current_dir("/").stdin(Stdio::null());
        self.account.apply(&mut command);
        command
    }
}

/// Runs a program to its end; what it wrote becomes the error.
pub(super) fn run(program: &'static str, mut command: Command) -> Result<(), Error> {
    let output = command.output().map_err(Error::at(command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Error::Failed { program, detail: String::from_utf8_lossy(&said).trim().to_owned() })
}
