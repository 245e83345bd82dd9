//! The kernel reproduces the vectors of an independent implementation, byte for byte.
//!
//! `VECTORS_DIR` names another folder of vectors to run against.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::PathBuf;

use serde_json::Value;

mod vectors {
    mod canonical_json;
    mod checkpoints;
    mod events;
    mod evidence;
    mod multiproof;
    mod signatures;
    mod stream_heads;
    mod tree;
}

/// The vectors of one file, such as `events.json`.
fn load(name: &str) -> Value {
    let folder = std::env::var_os("VECTORS_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors"), PathBuf::from);
    let path = folder.join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap()
}

/// A member that is a string.
fn text<'a>(vector: &'a Value, member: &str) -> &'a str {
    vector[member].as_str().unwrap_or_else(|| panic!("{member} in {vector}"))
}

/// A member that is the strict text form of a value.
fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(vector: &Value, member: &str) -> T {
    text(vector, member).parse().unwrap()
}
