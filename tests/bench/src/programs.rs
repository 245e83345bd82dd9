//! The programs that were built together with this one.

use std::path::PathBuf;

use crate::Failure;

/// A program in the folder of this one.
pub fn program(name: &str) -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() { Ok(path) } else { Err(format!("{} is missing: bin/bench builds it", path.display()).into()) }
}
