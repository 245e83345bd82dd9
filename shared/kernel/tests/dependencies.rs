//! The kernel has no clock, randomness, network, async or SQL: its dependency tree shows it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

/// Crates that would bring what the kernel must not have.
const FORBIDDEN: &str = "axum chrono getrandom hyper rand reqwest sqlx tokio";

#[test]
fn the_kernel_depends_on_nothing_that_acts() {
    let tree = Command::new(env!("CARGO"))
        .args("tree --package truth-kernel --edges normal --prefix none".split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(crates.contains(&"sha2"), "not the tree of the kernel:\n{tree}");
    for name in FORBIDDEN.split(' ') {
        assert!(!crates.contains(&name), "{name} in:\n{tree}");
    }
}
