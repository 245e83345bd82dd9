//! `--trust`: keys that the caller vouches for.

use std::path::Path;

use truth_kernel::note::VerifierKey;

use crate::failure::Failure;

/// Each argument is a vkey or a file of vkeys, one a line; empty lines and those with `#` are skipped.
pub(crate) fn read(arguments: &[String]) -> Result<Vec<VerifierKey>, Failure> {
    let mut keys = Vec::new();
    for argument in arguments {
        match argument.parse() {
            Ok(key) => keys.push(key),
            // No file is named like a key that someone misspelt.
            Err(error) if argument.matches('+').count() >= 2 && !Path::new(argument).exists() => {
                return Err(Failure::usage(format!("--trust {argument}: {error}")));
            }
            Err(_) => keys.extend(of_file(Path::new(argument))?),
        }
    }
    Ok(keys)
}

fn of_file(path: &Path) -> Result<Vec<VerifierKey>, Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::unreadable(path))?;
    let lines = (1..).zip(text.lines().map(str::trim));
    let keys: Vec<_> = lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| {
            line.parse().map_err(|error| Failure::usage(format!("{}, line {number}: {error}", path.display())))
        })
        .collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err(Failure::usage(format!("{} holds no key", path.display())));
    }
    Ok(keys)
}
