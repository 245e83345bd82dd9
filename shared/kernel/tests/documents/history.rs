//! A claim's history up to its signed head.

use serde_json::{Value, json};
use truth_kernel::classification::Chain;
use truth_kernel::evidence::EventText;
use truth_kernel::hash::Hash;
use truth_kernel::header::{Header, StreamPosition};
use truth_kernel::history::{History, HistoryEvent, SignedHead};
use truth_kernel::id::OrgId;
use truth_kernel::stream::StreamHead;
use truth_kernel::time::Timestamp;
use truth_kernel::verify::{Outcome, StepName, Verdict};

use super::ledger::{Entry, Ledger, signer};
use crate::{decision, no_byte_can_change, outcome, verify_value};

fn event(ledger: &Ledger, entry: &Entry) -> HistoryEvent {
    HistoryEvent {
        event: entry.event.clone(),
        opening: Some(entry.opening.clone()),
        inclusion: Some(ledger.inclusion(entry)),
    }
}

fn history(ledger: &Ledger) -> History {
    let events = ledger.claim.iter().map(|entry| event(ledger, entry)).collect();
    let head = SignedHead::sign(&ledger.receipts, &ledger.head());
    History::new(ledger.keys(), events, head, Some(ledger.note.clone()))
}

fn value(ledger: &Ledger) -> Value {
    serde_json::to_value(history(ledger)).unwrap()
}

fn signed(ledger: &Ledger, head: &StreamHead) -> Value {
    serde_json::to_value(SignedHead::sign(&ledger.receipts, head)).unwrap()
}

#[test]
fn a_history_verifies_and_no_byte_of_it_can_change() {
    let ledger = Ledger::new();
    no_byte_can_change(&serde_json::to_vec(&history(&ledger)).unwrap(), &ledger.trust());
}

#[test]
fn a_hidden_tail_is_a_provable_lie() {
    let ledger = Ledger::new();
    let mut document = value(&ledger);
    document["events"].as_array_mut().unwrap().pop();
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Head)));
    assert_eq!(outcome(&report, StepName::Event), Some(Outcome::Passed));
}

#[test]
fn a_gap_a_swap_and_a_foreign_event_are_found() {
    let ledger = Ledger::new();
    let foreign = serde_json::to_value(event(&ledger, &ledger.other_claim[1])).unwrap();
    let single = serde_json::to_value(event(&ledger, &ledger.single)).unwrap();
    let forge = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut document = value(&ledger);
        change(document["events"].as_array_mut().unwrap());
        decision(&verify_value(&document, &ledger.trust()))
    };
    let event = (Verdict::Invalid, Some(StepName::Event));
    assert_eq!(forge(&|events| drop(events.remove(0))), event);
    assert_eq!(forge(&|events| drop(events.remove(2))), event);
    assert_eq!(forge(&|events| events.swap(1, 2)), event);
    assert_eq!(forge(&|events| events[1] = foreign.clone()), event);
    assert_eq!(forge(&|events| events[1] = single.clone()), event);
    assert_eq!(forge(&|events| events.push(foreign.clone())), event);
    assert_eq!(forge(&|events| events.clear()), event);
}

#[test]
fn the_head_must_be_of_this_stream_log_and_last_event() {
    let ledger = Ledger::new();
    let truth = ledger.head();
    let hash = ledger.claim[0].event.hash();
    for lie in [
        StreamHead { hash, ..truth.clone() },
        StreamHead { stream: hash, ..truth.clone() },
        StreamHead { stream_seq: 5, ..truth.clone() },
        StreamHead { log: "ledger.example/us-east1/2".parse().unwrap(), ..truth.clone() },
    ] {
        let mut document = value(&ledger);
        document["head"] = signed(&ledger, &lie);
        let report = verify_value(&document, &ledger.trust());
        assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Head)), "{lie:?}");
    }
    let mut document = value(&ledger);
    document["head"]["statement"] = json!(truth.statement().replace("\":", "\": "));
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Head)));
}

#[test]
fn a_head_counts_only_under_the_trusted_receipt_key_of_the_region() {
    let ledger = Ledger::new();
    let document = value(&ledger);
    let report = verify_value(&document, &ledger.trust()[..1]);
    assert_eq!(decision(&report), (Verdict::CannotTell, Some(StepName::Head)));
    let elsewhere = signer("ledger.example/europe-west1/receipts", 2);
    let mut document = document;
    document["head"] = serde_json::to_value(SignedHead::sign(&elsewhere, &ledger.head())).unwrap();
    let trust = [ledger.trust(), vec![elsewhere.verifier().clone()]].concat();
    let report = verify_value(&document, &trust);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Head)));
}

#[test]
fn an_event_that_is_not_included_yet_leaves_the_verdict_open() {
    let ledger = Ledger::new();
    let mut document = value(&ledger);
    document["events"][3].as_object_mut().unwrap().remove("inclusion");
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::CannotTell, Some(StepName::Inclusion)));
    document["checkpoint"] = Value::Null;
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::CannotTell, Some(StepName::Checkpoint)));
}

#[test]
fn erased_bodies_leave_the_history_whole() {
    let ledger = Ledger::new();
    let mut document = value(&ledger);
    for event in document["events"].as_array_mut().unwrap() {
        event["opening"] = Value::Null;
    }
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Valid, None));
    assert_eq!(outcome(&report, StepName::Opening), Some(Outcome::NotPresent));
}

/// What a ledger that lies from the start would show: three events with these headers, each linked
/// to the one before, and the outcome of the event step.
fn crooked(change: impl Fn(&mut [Header])) -> Outcome {
    let ledger = Ledger::new();
    let headers = ledger.claim.iter().take(3);
    let mut headers: Vec<_> = headers.map(|entry| Header::parse(entry.event.header()).unwrap()).collect();
    change(&mut headers);
    let mut document = value(&ledger);
    let mut events = Vec::new();
    let mut before = Hash::ZERO;
    for header in &mut headers {
        if let Some(place) = header.stream.as_mut().filter(|place| place.prev != LOST) {
            place.prev = before;
        }
        let event = EventText::new(header.to_canonical());
        before = event.hash();
        events.push(HistoryEvent { event, opening: None, inclusion: None });
    }
    document["events"] = serde_json::to_value(events).unwrap();
    outcome(&verify_value(&document, &ledger.trust()), StepName::Event).unwrap()
}

/// A link that is meant to be broken.
const LOST: Hash = Hash::from_bytes([9; 32]);

fn place(header: &mut Header) -> &mut StreamPosition {
    header.stream.as_mut().unwrap()
}

#[test]
fn a_ledger_that_lies_from_the_start_is_found_out() {
    let (earlier, org) = (Timestamp::from_millis(0), OrgId::from_parts(2, [2; 10]));
    assert_eq!(crooked(|_| ()), Outcome::Passed);
    assert_eq!(crooked(|headers| place(&mut headers[1]).seq = 3), Outcome::Failed);
    assert_eq!(crooked(|headers| place(&mut headers[0]).prev = LOST), Outcome::Failed);
    assert_eq!(crooked(|headers| place(&mut headers[2]).prev = LOST), Outcome::Failed);
    assert_eq!(crooked(|headers| place(&mut headers[2]).stream = LOST), Outcome::Failed);
    assert_eq!(crooked(|headers| headers[1].stream = None), Outcome::Failed);
    assert_eq!(crooked(|headers| headers[2].org = org), Outcome::Failed);
    assert_eq!(crooked(|headers| headers[2].chain = Chain::Audit), Outcome::Failed);
    assert_eq!(crooked(|headers| headers[2].seq = headers[1].seq), Outcome::Failed);
    assert_eq!(crooked(|headers| headers[2].time = earlier), Outcome::Failed);
    assert_eq!(crooked(|headers| headers[2].time = headers[1].time), Outcome::Passed);
}
