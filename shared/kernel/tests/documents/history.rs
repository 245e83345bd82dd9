//! A claim's history up to its signed head.

use serde_json::{Value, json};
use truth_kernel::history::{History, HistoryEvent, SignedHead};
use truth_kernel::stream::StreamHead;
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
    let events = ledger
        .claim
        .iter()
        .map(|entry| event(ledger, entry))
        .collect();
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
    no_byte_can_change(
        &serde_json::to_vec(&history(&ledger)).unwrap(),
        &ledger.trust(),
    );
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
        StreamHead {
            hash,
            ..truth.clone()
        },
        StreamHead {
            stream: hash,
            ..truth.clone()
        },
        StreamHead {
            stream_seq: 5,
            ..truth.clone()
        },
        StreamHead {
            log: "ledger.example/us-east1/2".parse().unwrap(),
            ..truth.clone()
        },
    ] {
        let mut document = value(&ledger);
        document["head"] = signed(&ledger, &lie);
        let report = verify_value(&document, &ledger.trust());
        assert_eq!(
            decision(&report),
            (Verdict::Invalid, Some(StepName::Head)),
            "{lie:?}"
        );
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
    assert_eq!(
        decision(&report),
        (Verdict::CannotTell, Some(StepName::Head))
    );
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
    document["events"][3]
        .as_object_mut()
        .unwrap()
        .remove("inclusion");
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(
        decision(&report),
        (Verdict::CannotTell, Some(StepName::Inclusion))
    );
    document["checkpoint"] = Value::Null;
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(
        decision(&report),
        (Verdict::CannotTell, Some(StepName::Checkpoint))
    );
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
    assert_eq!(
        outcome(&report, StepName::Opening),
        Some(Outcome::NotPresent)
    );
}
