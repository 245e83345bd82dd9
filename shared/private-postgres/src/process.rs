//! Finding and signalling the processes of one cluster.

use crate::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How often a condition is looked at again.
const LOOK: Duration = Duration::from_millis(5);

/// Ids of all processes working in `data`: the postmaster and its backends make the data folder
/// their working folder, and nobody else does. Unlike the pid file this is never stale.
pub(crate) fn working_in(data: &Path) -> Vec<u32> {
    match fs::read_dir("/proc") {
        Ok(entries) => entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|id: &u32| fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|cwd| cwd == data))
            .collect(),
        Err(_) => without_proc(data),
    }
}

/// The same for macOS, which has no `/proc` but brings `lsof`.
fn without_proc(data: &Path) -> Vec<u32> {
    let listed = Command::new("lsof").args(["-t", "-a", "-d", "cwd", "--"]).arg(data).output();
    let text = listed.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(|line| line.trim().parse().ok()).collect()
}

/// `kill -9`; processes that are gone already are no error.
pub(crate) fn kill(ids: &[u32]) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    // The shell's own `kill`: the program of that name is not on every minimal system.
    let mut command = Command::new("sh");
    command.args(["-c", "kill -9 \"$@\"", "kill"]).args(ids.iter().map(u32::to_string));
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command.status().map(drop).map_err(Error::at("sh"))
}

/// Waits until `condition` holds; false when it still does not after `limit`.
pub(crate) fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let looks = limit.as_millis() / LOOK.as_millis();
    (0..looks).any(|_| {
        condition() || {
            sleep(LOOK);
            false
        }
    }) || condition()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn a_process_is_found_by_its_folder_and_killed() {
        let folder = std::env::temp_dir().join(format!("proveniq-process-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let folder = folder.canonicalize().unwrap();
        let mut child = Command::new("sleep").arg("600").current_dir(&folder).spawn().unwrap();
        let found = working_in(&folder);
        kill(&found).unwrap();
        child.wait().unwrap();
        fs::remove_dir(&folder).unwrap();
        assert_eq!(found, [child.id()]);
        assert!(working_in(&folder).is_empty());
    }
}
