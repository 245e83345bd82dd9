//! The keys that the caller trusts.

use std::fs;
use std::path::Path;

use truth_kernel::note::VerifierKey;

use crate::failure::Failure;

/// The keys to believe.
#[derive(Debug, clap::Args)]
pub struct Trust {
    /// A key to believe, or a file of them, one a line. Without any, no signature can be judged.
    #[arg(long = "trust", value_name = "VKEY|FILE")]
    given: Vec<String>,
}

impl Trust {
    /// Reads the keys that were given.
    pub fn keys(&self) -> Result<Vec<VerifierKey>, Failure> {
        let mut keys = Vec::new();
        for given in &self.given {
            match given.parse() {
                Ok(key) => keys.push(key),
                Err(error) if looks_like_key(given) => {
                    return Err(Failure::Usage(format!("--trust {given}: {error}")));
                }
                Err(_) => keys.append(&mut read(Path::new(given))?),
            }
        }
        Ok(keys)
    }
}

/// Whether a text was meant as a key (`name+hash+base64`): what happens to be a file is one.
fn looks_like_key(text: &str) -> bool {
    text.matches('+').count() >= 2 && !Path::new(text).exists()
}

/// The keys in a file, one a line; empty lines and those that begin with `#` mean nothing.
fn read(path: &Path) -> Result<Vec<VerifierKey>, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::unreadable(path))?;
    let mut keys = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        keys.push(line.parse().map_err(|error| {
            let (path, number) = (path.display(), index + 1);
            Failure::Usage(format!("--trust {path}, line {number}: {error}"))
        })?);
    }
    if keys.is_empty() {
        let path = path.display();
        return Err(Failure::Usage(format!("--trust {path}: there is no key in it")));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Failure, Trust};
    use crate::test_folder::test_folder;

    /// The example in the documentation of Go's `sumdb/note`.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    fn keys(given: &[&str]) -> Result<Vec<String>, Failure> {
        let given = given.iter().map(|text| (*text).to_owned()).collect();
        let keys = Trust { given }.keys()?;
        Ok(keys.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_key_is_given_itself_or_in_a_file() {
        let file = test_folder("trust").join("keys");
        std::fs::write(&file, format!("# ours\n\n  {KEY}\r\n")).unwrap();
        assert_eq!(keys(&[KEY, file.to_str().unwrap()]).unwrap(), [KEY, KEY]);
        assert_eq!(keys(&[]).unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_no_key_is_told_from_what_is_no_file() {
        let wrong = KEY.replace("c74f", "c74e");
        assert!(matches!(keys(&[&wrong]), Err(Failure::Usage(_))));
        assert!(matches!(keys(&["/nowhere/keys"]), Err(Failure::Unreadable { .. })));
        let folder = test_folder("trust-wrong");
        for (name, text) in [("empty", "# nothing\n"), ("broken", "nonsense\n")] {
            let file = folder.join(name);
            std::fs::write(&file, text).unwrap();
            assert!(matches!(keys(&[file.to_str().unwrap()]), Err(Failure::Usage(_))), "{name}");
        }
    }
}
