//! The programs that were built together with this one.

use std::path::PathBuf;

use crate::Failure;

/// A program in the folder that `PROVENIQ_PROGRAMS` names, if it is there, else in the folder of this one.
pub fn program(name: &str) -> Result<PathBuf, Failure> {
    let told = std::env::var_os("PROVENIQ_PROGRAMS").map(|folder| PathBuf::from(folder).join(name));
    if let Some(told) = told.filter(|path| path.exists()) {
        return Ok(told);
    }
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() { Ok(path) } else { Err(format!("{} is missing: bin/bench builds it", path.display()).into()) }
}
