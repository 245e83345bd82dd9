//! Many events under one multiproof.

use serde_json::{Value, json};
use truth_kernel::batch_evidence::{BatchEvent, BatchEvidence, OtherLeaves};
use truth_kernel::multiproof::build;
use truth_kernel::verify::{StepName, Verdict};

use super::ledger::{Entry, Ledger};
use crate::{decision, no_byte_can_change, verify_value};

fn event(entry: &Entry) -> BatchEvent {
    BatchEvent::new(entry.index, entry.event.clone(), Some(entry.opening.clone()))
}

fn batch(ledger: &Ledger) -> BatchEvidence {
    let indices: Vec<_> = ledger.claim.iter().map(|entry| entry.index).collect();
    let proof = build(&ledger.tiles, &indices, ledger.size).unwrap();
    let events = ledger.claim.iter().map(event).collect();
    BatchEvidence::new(ledger.keys(), events, proof, ledger.note.clone()).unwrap()
}

fn value(ledger: &Ledger) -> Value {
    serde_json::to_value(batch(ledger)).unwrap()
}

#[test]
fn a_batch_verifies_and_no_byte_of_it_can_change() {
    let ledger = Ledger::new();
    let document = serde_json::to_vec(&batch(&ledger)).unwrap();
    assert!(document.starts_with(br#"{"version":1,"log":{"#));
    no_byte_can_change(&document, &ledger.trust());
}

#[test]
fn a_batch_without_trust_is_at_best_consistent_in_itself() {
    let ledger = Ledger::new();
    let mut document = value(&ledger);
    let report = verify_value(&document, &ledger.trust()[1..]);
    assert_eq!(decision(&report), (Verdict::CannotTell, Some(StepName::Checkpoint)));
    document["multiproof"]["hashes"][0] = document["multiproof"]["hashes"][1].clone();
    let report = verify_value(&document, &[]);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Inclusion)));
}

#[test]
fn forged_batches_fail_at_the_step_that_is_forged() {
    let ledger = Ledger::new();
    let other = serde_json::to_value(event(&ledger.other_claim[0])).unwrap();
    let forge = |change: &dyn Fn(&mut Value)| {
        let mut document = value(&ledger);
        change(&mut document);
        decision(&verify_value(&document, &ledger.trust()))
    };
    let inclusion = (Verdict::Invalid, Some(StepName::Inclusion));
    assert_eq!(forge(&|doc| doc["multiproof"]["size"] = json!(ledger.size + 1)), inclusion);
    assert_eq!(forge(&|doc| doc["multiproof"]["indices"][0] = json!(1)), inclusion);
    assert_eq!(forge(&|doc| doc["events"][0]["index"] = json!(1)), inclusion);
    assert_eq!(forge(&|doc| doc["events"][0]["index"] = json!(-1)), inclusion);
    assert_eq!(forge(&|doc| drop(doc["events"].as_array_mut().unwrap().pop())), inclusion);
    assert_eq!(forge(&|doc| doc["events"].as_array_mut().unwrap().swap(0, 1)), inclusion);
    assert_eq!(forge(&|doc| doc["multiproof"]["hashes"][0] = json!("AA==")), inclusion);
    assert_eq!(forge(&|doc| doc["events"][1] = other.clone()), inclusion);
    let hash = other["hash"].clone();
    let event = (Verdict::Invalid, Some(StepName::Event));
    assert_eq!(forge(&|doc| doc["events"][1]["hash"] = hash.clone()), event);
    let opening = (Verdict::Invalid, Some(StepName::Opening));
    assert_eq!(forge(&|doc| doc["events"][1]["opening"] = other["opening"].clone()), opening);
    let empty = |doc: &mut Value| {
        doc["events"] = json!([]);
        doc["multiproof"]["indices"] = json!([]);
        doc["multiproof"]["hashes"] = json!([]);
    };
    assert_eq!(forge(&empty), inclusion);
    let format = (Verdict::Invalid, Some(StepName::Format));
    assert_eq!(forge(&|doc| doc["checkpoint"] = Value::Null), format);
    assert_eq!(forge(&|doc| doc["events"][0]["index"] = json!("0")), format);
}

/// Leaf 0 has the same way to the root in trees of 14 and of 15 leaves.
#[test]
fn the_size_is_that_of_the_checkpoint_even_where_the_hashes_would_do() {
    let ledger = Ledger::new();
    assert_eq!(ledger.size, 14);
    let proof = build(&ledger.tiles, &[0], ledger.size).unwrap();
    let events = vec![event(&ledger.claim[0])];
    let batch = BatchEvidence::new(ledger.keys(), events, proof, ledger.note.clone()).unwrap();
    let mut document = serde_json::to_value(batch).unwrap();
    let verdict = |document: &Value| decision(&verify_value(document, &ledger.trust()));
    assert_eq!(verdict(&document), (Verdict::Valid, None));
    document["multiproof"]["size"] = json!(15);
    assert_eq!(verdict(&document), (Verdict::Invalid, Some(StepName::Inclusion)));
}

#[test]
fn bodies_may_be_withheld() {
    let ledger = Ledger::new();
    let mut document = value(&ledger);
    document["events"][2]["opening"] = Value::Null;
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Valid, None));
    let opening = report.step(StepName::Opening).unwrap();
    assert!(opening.detail.starts_with("3 of 4 bodies"), "{opening:?}");
}

#[test]
fn the_builder_refuses_a_proof_for_other_leaves() {
    let ledger = Ledger::new();
    let proof = build(&ledger.tiles, &[0, 1], ledger.size).unwrap();
    let events = ledger.claim.iter().map(event).collect();
    let refused = BatchEvidence::new(ledger.keys(), events, proof, ledger.note.clone());
    assert_eq!(refused.err(), Some(OtherLeaves));
}
