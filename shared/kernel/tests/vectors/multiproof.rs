//! Proofs of several leaves at once.

use truth_kernel::multiproof::{Multiproof, build, verify};
use truth_kernel::tile::root;

use super::tree::{leaves, tiles};
use crate::load;

#[test]
fn multiproofs() {
    let vectors = load("multiproof.json");
    let (leaves, tiles) = (leaves(), tiles());
    let cases = vectors["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let expected: Multiproof = serde_json::from_value(case.clone()).unwrap();
        let built = build(&tiles, &expected.indices, expected.size).unwrap();
        assert_eq!(built, expected);
        assert_eq!(serde_json::to_value(&built).unwrap(), *case);
        let known: Vec<_> = expected.indices.iter().map(|index| leaves[usize::try_from(*index).unwrap()]).collect();
        verify(&built, &known, &root(&tiles, built.size).unwrap()).unwrap();
    }
}
