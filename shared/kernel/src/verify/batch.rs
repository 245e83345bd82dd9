//! The steps of a batch: many events under one multiproof.

use super::checkpoint::{self, Tree};
use super::document::{Batch, Multiproof};
use super::event::Checked;
use super::finding::{Finding, settle};
use super::{Step, StepName, event, inclusion, opening};
use crate::hash::Hash;
use crate::multiproof::{self, MultiproofError};
use crate::note::VerifierKey;

pub(super) fn steps(document: &Batch, trust: &[VerifierKey]) -> Vec<Step> {
    let note = Some(document.checkpoint.as_str());
    let note_origin = checkpoint::claimed_origin(note);
    let check = |event| event::check(event, &document.log, note_origin.as_deref());
    let events: Vec<Checked> = document.events.iter().map(|one| check(&one.event)).collect();
    let openings = document.events.iter().zip(&events);
    let openings: Vec<_> =
        openings.map(|(one, event)| opening::check(one.opening.as_ref(), event.header.as_ref())).collect();
    let leaves: Vec<_> = events.iter().map(|event| event.hash).collect();
    let findings: Vec<_> = events.into_iter().map(|event| event.finding).collect();
    let (tree, checkpoint) = checkpoint::check(note, &document.log, trust);
    let inclusion = settle(included(document, &leaves, &tree));
    let count = leaves.len();
    vec![
        Finding::passed(format!("A batch of {count} events, version 1.")).step(StepName::Format),
        Finding::of_all(&findings, |_| format!("All {count} headers hash to what is claimed.")).step(StepName::Event),
        Finding::of_all(&openings, |open| {
            format!("{open} of {count} bodies are disclosed, as their headers commit to them.")
        })
        .step(StepName::Opening),
        checkpoint.step(StepName::Checkpoint),
        inclusion.step(StepName::Inclusion),
    ]
}

fn included(document: &Batch, leaves: &[Hash], tree: &Tree) -> Result<Finding, Finding> {
    let proof = read(&document.multiproof)?;
    let named = document.events.iter().map(|event| inclusion::index(event.index));
    if named.collect::<Result<Vec<_>, _>>()? != proof.indices {
        return Err(Finding::failed("The multiproof is for other leaves than the events."));
    }
    let refused = |error: MultiproofError| Finding::failed(format!("The multiproof is refused: {error}."));
    let checkpoint = tree.checkpoint().ok_or_else(inclusion::no_tree)?;
    if proof.size != checkpoint.size {
        return Err(Finding::failed("The multiproof is for another size than the checkpoint."));
    }
    multiproof::verify(&proof, leaves, &checkpoint.root).map_err(refused)?;
    let detail = format!("{} events are leaves of {}", leaves.len(), checkpoint.size);
    Ok(match tree {
        Tree::Verified(_) => Finding::passed(format!("All {detail} under the signed root.")),
        _ => Finding::cannot_tell(format!("All {detail}, but under a root nobody trusted signed.")),
    })
}

fn read(proof: &Multiproof) -> Result<multiproof::Multiproof, Finding> {
    let indices = proof.indices.iter().map(|index| inclusion::index(*index));
    Ok(multiproof::Multiproof {
        size: inclusion::index(proof.size)?,
        indices: indices.collect::<Result<_, _>>()?,
        hashes: inclusion::hashes(&proof.hashes)?,
    })
}
