//! The scripts in `bin/lib`, which must say and find the same as this crate.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use private_postgres::default_state_dir;
use std::path::Path;
use std::process::Command;

/// What `script` prints once the prerequisites are sourced.
fn shell(script: &str) -> String {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let script = format!(". bin/lib/prerequisites.sh\n{script}");
    let output = Command::new("sh").args(["-euc", &script]).current_dir(top).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn the_line_to_paste_starts_no_cluster_and_asks_nothing() {
    let line = shell("missing=' gcc postgresql'; apt_line");
    assert_eq!(line.lines().count(), 1, "{line}");
    let before_installing = line.split_once("apt-get install").unwrap().0;
    for wanted in ["create_main_cluster = false", "DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1"] {
        assert!(before_installing.contains(wanted), "{wanted} is not in: {line}");
    }
}

#[test]
fn both_keep_their_state_in_the_same_folder() {
    assert_eq!(shell("state_dir"), default_state_dir().to_string_lossy());
}
