//! A server as a process of its own, which ends with this one however that ends.

use std::process::{Child as Process, Command, Stdio};

use crate::Failure;

/// Reads until the other end of its standard input is gone, then ends the process of this id.
const GUARD: &str = r#"trap '' HUP INT TERM; while read -r _; do :; done; kill -s KILL "$1""#;

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Child {
    /// The server.
    pub process: Process,
    guard: Process,
}

impl Child {
    /// Starts it, and a shell that sees to its end.
    pub fn start(command: &mut Command) -> Result<Self, Failure> {
        let process = command.stdin(Stdio::null()).spawn()?;
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard", &process.id().to_string()]);
        let guard = guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Self { process, guard })
    }

    /// Asks it to end in good order, and waits for that.
    pub fn stop(mut self) -> Result<(), Failure> {
        Command::new("kill").args(["-s", "TERM", &self.process.id().to_string()]).status()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The guard first: once the server is gone, its id may become somebody else's. Errors mean that they are gone.
        for process in [&mut self.guard, &mut self.process] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
