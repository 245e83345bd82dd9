//! The inclusion step: the event is a leaf of the checkpoint's tree.

use super::checkpoint::Tree;
use super::document::Inclusion;
use super::finding::{Finding, settle};
use crate::hash::Hash;
use crate::tree::verify_inclusion;

/// Checks the audit path of one event.
pub(super) fn check(inclusion: Option<&Inclusion>, leaf: &Hash, tree: &Tree) -> Finding {
    match inclusion {
        None => Finding::cannot_tell("The event is not proven to be in the log yet."),
        Some(inclusion) => settle(judge(inclusion, leaf, tree)),
    }
}

fn judge(inclusion: &Inclusion, leaf: &Hash, tree: &Tree) -> Result<Finding, Finding> {
    let index = index(inclusion.index)?;
    let proof = hashes(&inclusion.hashes)?;
    let checkpoint = tree.checkpoint().ok_or_else(no_tree)?;
    verify_inclusion(index, checkpoint.size, leaf, &checkpoint.root, &proof)
        .map_err(|error| Finding::failed(format!("Inclusion is refused: {error}.")))?;
    Ok(included(tree, &format!("leaf {index} of {}", checkpoint.size)))
}

/// What a proof that holds is worth: as much as the root it leads to.
pub(super) fn included(tree: &Tree, place: &str) -> Finding {
    match tree {
        Tree::Verified(_) => Finding::passed(format!("The event is {place} under the signed root.")),
        _ => Finding::cannot_tell(format!("The event is {place}, but under a root nobody trusted signed.")),
    }
}

pub(super) fn no_tree() -> Finding {
    Finding::cannot_tell("There is no trustworthy root to hold the proof against.")
}

/// An index, or a number that is none.
pub(super) fn index(index: Option<u64>) -> Result<u64, Finding> {
    index.ok_or_else(|| Finding::failed("The index is not that of a leaf."))
}

/// The hashes of a proof.
pub(super) fn hashes(texts: &[String]) -> Result<Vec<Hash>, Finding> {
    let hashes = texts.iter().map(|text| Hash::from_base64(text));
    hashes.collect::<Result<_, _>>().map_err(|error| Finding::failed(format!("A hash of the proof is {error}.")))
}
