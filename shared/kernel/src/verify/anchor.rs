//! The anchors step: third parties say that the checkpoint was there. What they sign is for the caller to check: the rules of the ledger
//! know no certificates.

use super::Outcome;
use super::document::{Anchor, Rfc3161};
use super::finding::Finding;
use crate::encoding::decode_base64;

/// A timestamp that is to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnchorClaim<'d> {
    /// The `TimeStampToken` (RFC 3161) in DER, whatever it is.
    pub token: &'d [u8],
    /// What it must be over: the checkpoint's note, byte for byte.
    pub note: &'d str,
}

/// What the caller found of an anchor, each with a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnchorFinding {
    /// Somebody whom the caller trusts says so: who, and when.
    Holds(String),
    /// It is not what it claims to be.
    Refused(String),
    /// It may be right, but by somebody whom the caller does not trust.
    CannotTell(String),
}

/// How a caller checks anchors.
pub type AnchorCheck<'c> = &'c dyn Fn(AnchorClaim<'_>) -> AnchorFinding;

/// Checks every anchor of a kind that is known. The step fails with the first that is refused, and passes when one holds.
pub(super) fn check(anchors: &[Anchor], note: Option<&str>, check: Option<AnchorCheck<'_>>) -> Finding {
    let findings: Vec<_> = anchors.iter().map(|anchor| one(anchor.known.as_ref(), note, check)).collect();
    for outcome in [Outcome::Failed, Outcome::Passed, Outcome::CannotTell] {
        if let Some(found) = findings.iter().find(|found| found.outcome == outcome) {
            let others = match findings.len() - 1 {
                0 => String::new(),
                others => format!(" ({others} more beside it.)"),
            };
            return Finding { outcome, detail: format!("{}{others}", found.detail) };
        }
    }
    Finding::not_present("There are no anchors.")
}

/// Takes back from what is unchecked the anchors that the caller does check; their unknown members stay.
pub(super) fn mark_checked(anchors: &[Anchor], unchecked: &mut Vec<String>) {
    for anchor in anchors {
        let place = unchecked.iter().position(|path| *path == anchor.path);
        if let (Some(known), Some(place)) = (&anchor.known, place) {
            unchecked.splice(place..=place, known.unknown_members.iter().cloned());
        }
    }
}

fn one(anchor: Option<&Rfc3161>, note: Option<&str>, check: Option<AnchorCheck<'_>>) -> Finding {
    let Some(anchor) = anchor else {
        return Finding::cannot_tell("An anchor of a kind this version does not know.");
    };
    let Some(note) = note else {
        return Finding::failed("There is no checkpoint that the anchor could be over.");
    };
    let token = match decode_base64(&anchor.token) {
        Ok(token) => token,
        Err(error) => return Finding::failed(format!("The token of the anchor is {error}.")),
    };
    let Some(check) = check else {
        return Finding::cannot_tell(
            "There is a timestamp by a third party, and nobody was named whom to trust for it.",
        );
    };
    match check(AnchorClaim { token: &token, note }) {
        AnchorFinding::Holds(detail) => Finding::passed(detail),
        AnchorFinding::Refused(detail) => Finding::failed(detail),
        AnchorFinding::CannotTell(detail) => Finding::cannot_tell(detail),
    }
}
