//! One event by itself, against its neighbours, and against its body. Each check answers with what is wrong.

use store::event::StoredEvent;
use store::vault::Opened;
use truth_kernel::body::{Body, ClaimId, commitment};
use truth_kernel::hash::Hash;
use truth_kernel::header::event_hash;
use web::caller::Caller;

fn unless(is_right: bool, fault: &'static str) -> Option<&'static str> {
    (!is_right).then_some(fault)
}

/// The stored hash is that of the header, and the header is of this organization and mode.
pub(super) fn is_itself(event: &StoredEvent, caller: &Caller) -> Option<&'static str> {
    unless(event_hash(event.header_text.as_bytes()) == event.hash, "the stored hash is not that of the header")
        .or_else(|| unless(event.header.org == caller.org, "the header is of another organization"))
        .or_else(|| unless(event.header.log.mode() == caller.mode, "the header is of another mode"))
}

/// The event has the next place in the stream and names the one before it.
pub(super) fn follows(event: &StoredEvent, stream: Hash, place: u64, before: Hash) -> Option<&'static str> {
    let Some(position) = event.header.stream else { return Some("the header is of no stream") };
    unless(position.stream == stream, "the header is of another stream")
        .or_else(|| unless(position.seq == place, "there is a gap in the stream"))
        .or_else(|| unless(position.prev == before, "the header does not name the event before it in the stream"))
}

/// The event names the one before it in its chain, or nothing if it is the first.
pub(super) fn is_linked(event: &StoredEvent, before: Option<Hash>) -> Option<&'static str> {
    let expected = if event.header.seq == 1 { Some(Hash::ZERO) } else { before };
    match expected {
        None => Some("the event before it in the chain is missing"),
        Some(hash) => unless(event.header.prev == hash, "the header does not name the event before it in the chain"),
    }
}

/// Salt and body are what the header commits to, and the body is of this claim.
pub(super) fn is_opened_by(event: &StoredEvent, opened: &Opened, claim: &ClaimId) -> Option<&'static str> {
    if commitment(&opened.salt, &opened.body) != event.header.commitment {
        return Some("the body is not what the header commits to");
    }
    match Body::parse(&opened.body) {
        Ok(body) => unless(body.claim_id.as_ref() == Some(claim), "the body is of another claim"),
        Err(_) => Some("the body is not in canonical form"),
    }
}
