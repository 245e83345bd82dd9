//! Running the program.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;

/// Whether there is a program `openssl` with the command `ts`.
pub fn is_installed() -> bool {
    let mut command = Command::new("openssl");
    command.args(["ts", "-help"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Result<(), Error> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Failed { command: arguments.first().copied().unwrap_or_default().to_owned(), text })
}
