//! The steps of evidence: one event.

use super::document::Evidence;
use super::finding::Finding;
use super::{AnchorCheck, Step, StepName, anchor, checkpoint, event, inclusion, opening, receipt};
use crate::note::VerifierKey;

pub(super) fn steps(document: &Evidence, trust: &[VerifierKey], anchors: Option<AnchorCheck<'_>>) -> Vec<Step> {
    let note = document.checkpoint.as_deref();
    let note_origin = checkpoint::claimed_origin(note);
    let event = event::check(&document.event, &document.log, note_origin.as_deref());
    let opening = opening::check(document.opening.as_ref(), event.header.as_ref());
    let (tree, checkpoint) = checkpoint::check(note, &document.log, trust);
    let inclusion = inclusion::check(document.inclusion.as_ref(), &event.hash, &tree);
    let receipt = receipt::check(document.receipt.as_ref(), &event.hash, &document.log, trust);
    let anchors = anchor::check(&document.anchors, note, anchors);
    vec![
        Finding::passed("Evidence of one event, version 1.").step(StepName::Format),
        event.finding.step(StepName::Event),
        opening.step(StepName::Opening),
        checkpoint.step(StepName::Checkpoint),
        inclusion.step(StepName::Inclusion),
        anchors.step(StepName::Anchors),
        receipt.step(StepName::Receipt),
    ]
}
