//! PATH and PROOF of RFC 6962 §2.1.1 and §2.1.2, word for word over all leaves.

use truth_kernel::hash::Hash;
use truth_kernel::tree::reference_root;

const fn split(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

/// The audit path of leaf `index`.
pub fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, beside) =
        if index < left.len() { (path(index, left), right) } else { (path(index - left.len(), right), left) };
    path.push(reference_root(beside));
    path
}

/// The proof that the first `old` leaves are a tree this one grew from.
pub fn proof(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    if old == 0 { Vec::new() } else { subproof(old, leaves, Known::Yes) }
}

/// Whether the verifier knows the root of the subtree at hand.
#[derive(Clone, Copy)]
enum Known {
    Yes,
    No,
}

fn subproof(old: usize, leaves: &[Hash], known: Known) -> Vec<Hash> {
    if old == leaves.len() {
        return match known {
            Known::Yes => Vec::new(),
            Known::No => vec![reference_root(leaves)],
        };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, beside) = if old <= left.len() {
        (subproof(old, left, known), right)
    } else {
        (subproof(old - left.len(), right, Known::No), left)
    };
    proof.push(reference_root(beside));
    proof
}
