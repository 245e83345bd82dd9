//! The tree's hash function, for `rs_merkle`.

use rs_merkle::Hasher;

use crate::hash::{Hash, sha256};
use crate::tree::node_hash;

/// SHA-256 with the prefixes of RFC 6962 §2.1; a node without a right neighbour is promoted.
#[derive(Debug, Clone)]
pub(crate) struct Nodes;

impl Hasher for Nodes {
    type Hash = [u8; 32];

    fn hash(entry: &[u8]) -> [u8; 32] {
        *sha256(&[&[0x00], entry]).as_bytes()
    }

    fn concat_and_hash(left: &[u8; 32], right: Option<&[u8; 32]>) -> [u8; 32] {
        let Some(right) = right else { return *left };
        *node_hash(&Hash::from_bytes(*left), &Hash::from_bytes(*right)).as_bytes()
    }
}
