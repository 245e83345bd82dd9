//! The event step: the header is canonical, hashes to what is claimed, and names the log.

use super::document::{Event, Log};
use super::finding::{Finding, settle};
use crate::hash::Hash;
use crate::header::{Header, event_hash};

/// An event with what later steps need of it.
pub(super) struct Checked {
    /// Computed from the header's bytes, whatever the document claims.
    pub hash: Hash,
    /// The header, if it is one.
    pub header: Option<Header>,
    pub finding: Finding,
}

/// Checks one event. `note_origin` is the log that the checkpoint names.
///
/// Header, document and checkpoint must name the same log. When one of the three differs, the step
/// it belongs to fails: this one if the header agrees with neither, else the checkpoint's.
pub(super) fn check(event: &Event, log: &Log, note_origin: Option<&str>) -> Checked {
    let hash = event_hash(event.header.as_bytes());
    let (header, finding) = match Header::parse(&event.header) {
        Ok(header) => {
            let finding = settle(judge(event, &header, hash, log, note_origin));
            (Some(header), finding)
        }
        Err(error) => (None, Finding::failed(format!("The header is {error}."))),
    };
    Checked { hash, header, finding }
}

fn judge(event: &Event, header: &Header, hash: Hash, log: &Log, note_origin: Option<&str>) -> Result<Finding, Finding> {
    let claimed: Hash = event.hash.parse().map_err(|error| Finding::failed(format!("The event hash is {error}.")))?;
    if claimed != hash {
        let detail = format!("The header hashes to {hash}, not to {claimed}.");
        return Err(Finding::failed(detail));
    }
    let named = header.log.as_str();
    if named != log.origin && note_origin != Some(named) {
        let detail = format!("The header is of the log {named}, not of {}.", log.origin);
        return Err(Finding::failed(detail));
    }
    Ok(Finding::passed(format!(
        "{}, {}, is number {} in the {} chain of {} and hashes to {hash}.",
        header.id, header.event_type, header.seq, header.chain, header.org
    )))
}
