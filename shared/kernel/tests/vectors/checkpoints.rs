//! Signed checkpoints: Ed25519 is deterministic, so the notes come out byte for byte.

use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::encoding::decode_hex;
use truth_kernel::note::{NoteSigner, VerifierKey};
use truth_kernel::signature::SigningKey;
use truth_kernel::tile::root;

use super::tree::tiles;
use crate::{load, parsed, text};

#[test]
fn checkpoints() {
    let vectors = load("signatures.json");
    let tiles = tiles();
    let key: VerifierKey = parsed(&vectors, "checkpoint_vkey");
    let seed = decode_hex(text(&vectors, "checkpoint_seed")).unwrap();
    let signer = NoteSigner::new(key.name(), SigningKey::from_seed(&seed)).unwrap();
    assert_eq!(signer.verifier().to_string(), text(&vectors, "checkpoint_vkey"));
    let cases = vectors["checkpoints"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let size = case["size"].as_u64().unwrap();
        let root = root(&tiles, size).unwrap();
        let checkpoint = Checkpoint::new(&key.name().parse().unwrap(), size, root);
        assert_eq!(checkpoint.sign(&signer), text(case, "note"));
        let opened = Checkpoint::open(text(case, "note"), std::slice::from_ref(&key));
        assert_eq!(opened, Ok(checkpoint));
    }
}
