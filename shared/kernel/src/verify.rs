//! Verifying documents: offline, without state, naming every step and what could not be checked.
//!
//! Three documents are told apart by their members: events under a multiproof are a batch, events
//! with a head a claim's history, and anything else evidence of one event. Trust comes from outside
//! alone: keys that a document brings are shown, never believed.

mod anchor;
mod batch;
mod checkpoint;
mod document;
mod event;
mod evidence;
mod finding;
mod history;
mod inclusion;
mod json;
mod members;
mod opening;
mod receipt;
mod report;

use document::Document;
use finding::Finding;

use crate::note::VerifierKey;

pub use anchor::{AnchorCheck, AnchorClaim, AnchorFinding};
pub use report::{Outcome, Report, Step, StepName, Verdict};

/// Verifies a document against the keys that the caller trusts: of logs, named like their origin,
/// and of receipts, named `<domain>/<region>/receipts`.
///
/// Any bytes get a report. The verdict is `Invalid` when a step failed, and `CannotTell` when none
/// did but trust is missing, an event is promised and not yet included, or a claim is named without
/// the key that ties it to its stream.
pub fn verify(document: &[u8], trust: &[VerifierKey]) -> Report {
    judge(document, trust, None)
}

/// The same, with the anchors of evidence checked by the caller. One that is refused makes the verdict `Invalid`; one that cannot be
/// decided takes nothing away.
pub fn verify_with_anchors(document: &[u8], trust: &[VerifierKey], anchors: AnchorCheck<'_>) -> Report {
    judge(document, trust, Some(anchors))
}

fn judge(document: &[u8], trust: &[VerifierKey], anchors: Option<AnchorCheck<'_>>) -> Report {
    let mut unchecked = Vec::new();
    let steps = match Document::read(document, &mut unchecked) {
        Ok(Document::Evidence(evidence)) => {
            if anchors.is_some() {
                anchor::mark_checked(&evidence.anchors, &mut unchecked);
            }
            evidence::steps(&evidence, trust, anchors)
        }
        Ok(Document::Batch(batch)) => batch::steps(&batch, trust),
        Ok(Document::History(history)) => history::steps(&history, trust),
        Err(error) => unreadable(&error.to_string()),
    };
    Report::new(steps, unchecked)
}

/// The steps of a document whose members could not be made out.
fn unreadable(error: &str) -> Vec<Step> {
    use StepName::{Anchors, Checkpoint, Event, Format, Inclusion, Opening};
    let mut steps = vec![Finding::failed(error).step(Format)];
    for name in [Event, Opening, Checkpoint, Inclusion, Anchors] {
        steps.push(Finding::cannot_tell("Not reached: the document is not readable.").step(name));
    }
    steps
}
