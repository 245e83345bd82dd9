//! Roots, audit paths and consistency proofs.

use serde_json::Value;
use truth_kernel::hash::Hash;
use truth_kernel::tile::{Tiles, append, consistency_proof, inclusion_proof, root};
use truth_kernel::tree::{verify_consistency, verify_inclusion};

use crate::{load, parsed};

/// The event hashes of `events.json`, in order.
pub fn leaves() -> Vec<Hash> {
    let events = load("events.json");
    events["events"].as_array().unwrap().iter().map(|event| parsed(event, "event_hash")).collect()
}

/// The tiles of the log with all events.
pub fn tiles() -> Tiles {
    let mut tiles = Tiles::new();
    append(&mut tiles, 0, &leaves()).unwrap();
    tiles
}

/// The hashes of a proof.
pub fn hashes(proof: &Value) -> Vec<Hash> {
    let hashes = proof["hashes"].as_array().unwrap();
    hashes.iter().map(|hash| Hash::from_base64(hash.as_str().unwrap()).unwrap()).collect()
}

#[test]
fn roots_at_every_size() {
    let vectors = load("tree.json");
    let (leaves, tiles) = (leaves(), tiles());
    let roots = vectors["roots"].as_object().unwrap();
    assert_eq!(roots.len(), leaves.len() + 1);
    for size in roots.keys() {
        let expected: Hash = parsed(&vectors["roots"], size);
        assert_eq!(root(&tiles, size.parse().unwrap()), Ok(expected), "{size}");
        let grown = append(&mut Tiles::new(), 0, &leaves[..size.parse().unwrap()]).unwrap();
        assert_eq!(grown.root, expected, "{size}");
    }
}

#[test]
fn audit_paths() {
    let vectors = load("tree.json");
    let (leaves, tiles) = (leaves(), tiles());
    let cases = vectors["inclusion"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let (index, size) = (case["index"].as_u64().unwrap(), case["size"].as_u64().unwrap());
        let expected = hashes(case);
        assert_eq!(inclusion_proof(&tiles, index, size).unwrap(), expected, "{index} of {size}");
        let leaf = &leaves[usize::try_from(index).unwrap()];
        let root = parsed(&vectors["roots"], &size.to_string());
        verify_inclusion(index, size, leaf, &root, &expected).unwrap();
    }
}

#[test]
fn consistency_proofs() {
    let vectors = load("tree.json");
    let tiles = tiles();
    let cases = vectors["consistency"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let (old, new) = (case["old"].as_u64().unwrap(), case["new"].as_u64().unwrap());
        let expected = hashes(case);
        assert_eq!(consistency_proof(&tiles, old, new).unwrap(), expected, "{old} to {new}");
        let root = |size: u64| parsed(&vectors["roots"], &size.to_string());
        verify_consistency(old, new, &root(old), &root(new), &expected).unwrap();
    }
}
