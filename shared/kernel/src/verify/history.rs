//! The steps of a history: all events of one claim, up to a signed head.

use super::document::History;
use super::event::Checked;
use super::finding::{Finding, settle};
use super::{Outcome, Step, StepName, checkpoint, event, inclusion, opening, receipt};
use crate::hash::Hash;
use crate::header::{Header, StreamPosition};
use crate::note::VerifierKey;
use crate::stream::StreamHead;

pub(super) fn steps(document: &History, trust: &[VerifierKey]) -> Vec<Step> {
    let note = document.checkpoint.as_deref();
    let note_origin = checkpoint::claimed_origin(note);
    let (tree, checkpoint) = checkpoint::check(note, &document.log, trust);
    let check = |event| event::check(event, &document.log, note_origin.as_deref());
    let events: Vec<Checked> = document.events.iter().map(|one| check(&one.event)).collect();
    let pairs = || document.events.iter().zip(&events);
    let openings: Vec<_> =
        pairs().map(|(one, event)| opening::check(one.opening.as_ref(), event.header.as_ref())).collect();
    let inclusions: Vec<_> =
        pairs().map(|(one, event)| inclusion::check(one.inclusion.as_ref(), &event.hash, &tree)).collect();
    let count = events.len();
    vec![
        Finding::passed(format!("A history of {count} events, version 1.")).step(StepName::Format),
        in_order(&events).step(StepName::Event),
        Finding::of_all(&openings, |open| {
            format!("{open} of {count} bodies are disclosed, as their headers commit to them.")
        })
        .step(StepName::Opening),
        checkpoint.step(StepName::Checkpoint),
        Finding::of_all(&inclusions, |_| format!("All {count} events are under the signed root."))
            .step(StepName::Inclusion),
        settle(head(document, &events, trust)).step(StepName::Head),
    ]
}

/// Each event by itself, then that each follows the one before.
fn in_order(events: &[Checked]) -> Finding {
    let findings: Vec<_> = events.iter().map(|event| event.finding.clone()).collect();
    let well = |count| format!("Events 1 to {count} of the stream follow each other without a gap.");
    let each = Finding::of_all(&findings, well);
    match each.outcome {
        Outcome::NotPresent => Finding::failed("A history has at least one event."),
        Outcome::Passed => linked(events).err().unwrap_or(each),
        Outcome::Failed | Outcome::CannotTell => each,
    }
}

fn linked(events: &[Checked]) -> Result<(), Finding> {
    let mut before: Option<(Hash, &Header)> = None;
    for (place, event) in (1..).zip(events) {
        let broken = |what: &str| Finding::failed(format!("Event {place}: {what}."));
        let header = event.header.as_ref().ok_or_else(|| broken("there is no header"))?;
        let position = header.stream.ok_or_else(|| broken("it is of no stream"))?;
        if position.seq != place {
            return Err(broken(&format!("it is number {} of its stream", position.seq)));
        }
        if position.prev != before.map_or(Hash::ZERO, |(hash, _)| hash) {
            return Err(broken("it does not follow the one before it in the document"));
        }
        if let Some((_, earlier)) = before {
            follows(header, &position, earlier).map_err(broken)?;
        }
        before = Some((event.hash, header));
    }
    Ok(())
}

/// What two neighbours in one stream share: stream, chain and organization; time does not go back.
fn follows(header: &Header, place: &StreamPosition, earlier: &Header) -> Result<(), &'static str> {
    if earlier.stream.map(|earlier| earlier.stream) != Some(place.stream) {
        return Err("it is of another stream than the one before");
    }
    if (header.org, header.chain) != (earlier.org, earlier.chain) {
        return Err("it is of another chain than the one before");
    }
    if header.seq <= earlier.seq || header.time < earlier.time {
        return Err("its chain runs backwards");
    }
    Ok(())
}

/// The signed statement is about the last of these events, in this log.
fn head(document: &History, events: &[Checked], trust: &[VerifierKey]) -> Result<Finding, Finding> {
    let head =
        StreamHead::parse(&document.statement).map_err(|error| Finding::failed(format!("The head is {error}.")))?;
    if head.log.as_str() != document.log.origin {
        return Err(Finding::failed(format!("The head is of the log {}.", head.log)));
    }
    let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
    if head.stream_seq != count {
        let said = head.stream_seq;
        let detail = format!("The head says there are {said} events, the document has {count}.");
        return Err(Finding::failed(detail));
    }
    let last = events.last().ok_or_else(|| Finding::failed("There is no last event."))?;
    if head.hash != last.hash {
        return Err(Finding::failed("The head names another last event."));
    }
    let stream = last.header.as_ref().and_then(|header| header.stream);
    if stream.is_none_or(|place| place.stream != head.stream) {
        return Err(Finding::failed("The head is of another stream."));
    }
    let key = receipt::signed(&document.head, &document.log, trust, |key, signature| head.verify(key, signature))?;
    Ok(Finding::passed(format!("{key} signed that event {count} was the last when the log had {} events.", head.size)))
}
