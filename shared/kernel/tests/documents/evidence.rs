//! Evidence of one event.

use serde_json::{Value, json};
use truth_kernel::evidence::{EventText, Evidence, Opening, Receipt};
use truth_kernel::header::Header;
use truth_kernel::verify::{Outcome, StepName, Verdict, verify};

use super::ledger::{Ledger, ORIGIN, signer};
use crate::{decision, no_byte_can_change, outcome, verify_value};

fn value(evidence: &Evidence) -> Value {
    serde_json::to_value(evidence).unwrap()
}

#[test]
fn what_the_ledger_writes_verifies_and_every_step_is_listed() {
    let ledger = Ledger::new();
    for entry in ledger.claim.iter().chain([&ledger.single]) {
        let evidence = ledger.evidence(entry).with_receipt(ledger.receipt(entry));
        let report = verify_value(&value(&evidence), &ledger.trust());
        assert_eq!(decision(&report), (Verdict::Valid, None), "{report:#?}");
        assert_eq!(report.unchecked, [""; 0]);
        let steps: Vec<_> = report.steps.iter().map(|step| (step.name.as_str(), step.outcome)).collect();
        let passed = |name| (name, Outcome::Passed);
        let expected = [
            passed("format"),
            passed("event"),
            passed("opening"),
            passed("checkpoint"),
            passed("inclusion"),
            ("anchors", Outcome::NotPresent),
            passed("receipt"),
        ];
        assert_eq!(steps, expected);
        assert!(report.steps.iter().all(|step| step.detail.ends_with('.')), "{report:#?}");
    }
}

#[test]
fn members_stand_in_the_order_of_the_format() {
    let ledger = Ledger::new();
    let entry = &ledger.claim[0];
    let evidence = ledger.evidence(entry).with_receipt(ledger.receipt(entry));
    let text = serde_json::to_string(&evidence).unwrap();
    let members = [
        r#"{"version":1,"log":{"origin":""#,
        r#"","keys":[""#,
        r#""]},"event":{"header":""#,
        r#"","hash":""#,
        r#""},"opening":{"salt":""#,
        r#"","body":""#,
        r#"","stream_key":""#,
        r#""},"inclusion":{"index":0,"hashes":[""#,
        r#""]},"checkpoint":""#,
        r#"","receipt":{"key":""#,
        r#"","signature":""#,
        r#""},"anchors":[]}"#,
    ];
    let mut rest = text.as_str();
    for member in members {
        rest = rest.split_once(member).unwrap_or_else(|| panic!("{member} is not in {rest}")).1;
    }
    assert_eq!(rest, "");
}

#[test]
fn no_byte_of_evidence_can_change() {
    let ledger = Ledger::new();
    let entry = &ledger.claim[1];
    let evidence = ledger.evidence(entry).with_receipt(ledger.receipt(entry));
    no_byte_can_change(&serde_json::to_vec(&evidence).unwrap(), &ledger.trust());
}

#[test]
fn a_receipt_alone_promises_and_does_not_prove() {
    let ledger = Ledger::new();
    let entry = &ledger.claim[0];
    let (event, opening) = (entry.event.clone(), entry.opening.clone());
    let evidence = Evidence::receipted(ledger.keys(), event, opening, ledger.receipt(entry));
    let mut document = value(&evidence);
    assert_eq!(document["inclusion"], Value::Null);
    assert_eq!(document["checkpoint"], Value::Null);
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::CannotTell, Some(StepName::Checkpoint)));
    assert_eq!(outcome(&report, StepName::Receipt), Some(Outcome::Passed));

    document["receipt"] = value(&evidence)["receipt"].clone();
    document["receipt"]["signature"] = json!("A".repeat(86) + "==");
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Receipt)));
}

#[test]
fn a_receipt_counts_only_under_the_trusted_receipt_key_of_the_region() {
    let ledger = Ledger::new();
    let entry = &ledger.claim[0];
    let hash = entry.event.hash();
    let with = |receipt| value(&ledger.evidence(entry).with_receipt(receipt));

    let elsewhere = signer("ledger.example/europe-west1/receipts", 2);
    let mut trust = ledger.trust();
    trust.push(elsewhere.verifier().clone());
    let report = verify_value(&with(Receipt::sign(&elsewhere, &hash)), &trust);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Receipt)));

    let mut swapped = ledger.receipt(entry);
    swapped.key = signer("ledger.example/us-east1/receipts", 3).verifier().clone();
    let report = verify_value(&with(swapped), &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Receipt)));

    // Inclusion is proven, so a receipt that nobody vouches for takes nothing away.
    let report = verify_value(&with(ledger.receipt(entry)), &ledger.trust()[..1]);
    assert_eq!(decision(&report), (Verdict::Valid, None));
    assert_eq!(outcome(&report, StepName::Receipt), Some(Outcome::CannotTell));
}

#[test]
fn without_trust_a_document_is_at_best_consistent_in_itself() {
    let ledger = Ledger::new();
    let mut document = value(&ledger.evidence(&ledger.claim[0]));
    for trust in [&[][..], &ledger.trust()[1..]] {
        let report = verify_value(&document, trust);
        assert_eq!(decision(&report), (Verdict::CannotTell, Some(StepName::Checkpoint)));
        assert_eq!(outcome(&report, StepName::Inclusion), Some(Outcome::CannotTell));
    }
    document["inclusion"]["index"] = json!(1);
    let report = verify_value(&document, &[]);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Inclusion)));
}

#[test]
fn an_erased_body_is_no_fault_but_a_claim_without_its_stream_key_is_a_doubt() {
    let ledger = Ledger::new();
    let mut document = value(&ledger.evidence(&ledger.claim[0]));
    document["opening"].as_object_mut().unwrap().remove("stream_key");
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::CannotTell, Some(StepName::Opening)));
    document["opening"] = Value::Null;
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Valid, None));
    assert_eq!(outcome(&report, StepName::Opening), Some(Outcome::NotPresent));
}

#[test]
fn a_claim_in_the_body_and_a_stream_in_the_header_go_together() {
    let ledger = Ledger::new();
    let outcome_of = |header: &Header, opening: &Opening| {
        let event = EventText::new(header.to_canonical());
        let receipt = Receipt::sign(&ledger.receipts, &event.hash());
        let evidence = Evidence::receipted(ledger.keys(), event, opening.clone(), receipt);
        outcome(&verify_value(&value(&evidence), &ledger.trust()), StepName::Opening)
    };
    let (claim, single) = (&ledger.claim[0], &ledger.single);
    let mut header = Header::parse(claim.event.header()).unwrap();
    assert_eq!(outcome_of(&header, &claim.opening), Some(Outcome::Passed));
    let place = header.stream.take();
    assert_eq!(outcome_of(&header, &claim.opening), Some(Outcome::Failed));
    let mut header = Header::parse(single.event.header()).unwrap();
    assert_eq!(outcome_of(&header, &single.opening), Some(Outcome::Passed));
    header.stream = place;
    assert_eq!(outcome_of(&header, &single.opening), Some(Outcome::Failed));
}

#[test]
fn an_opening_of_another_event_is_refused() {
    let ledger = Ledger::new();
    let mut document = value(&ledger.evidence(&ledger.claim[0]));
    for other in [&ledger.claim[1], &ledger.other_claim[0], &ledger.single] {
        document["opening"] = serde_json::to_value(&other.opening).unwrap();
        let report = verify_value(&document, &ledger.trust());
        assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Opening)));
    }
}

#[test]
fn header_document_and_checkpoint_name_one_log() {
    let ledger = Ledger::new();
    let elsewhere = "ledger.example/us-east1/2";
    let mut trust = ledger.trust();
    trust.push(signer(elsewhere, 1).verifier().clone());
    let document = value(&ledger.evidence(&ledger.claim[0]));
    let (text, _) = ledger.note.split_once("\n\n").unwrap();
    let note = signer(elsewhere, 1).sign(&format!("{text}\n").replace(ORIGIN, elsewhere));

    let mut other_note = document.clone();
    other_note["checkpoint"] = json!(note);
    let report = verify_value(&other_note, &trust);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Checkpoint)));

    let mut other_header = other_note.clone();
    other_header["log"]["origin"] = json!(elsewhere);
    let report = verify_value(&other_header, &trust);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Event)));

    let mut other_document = document.clone();
    other_document["log"]["origin"] = json!(elsewhere);
    let report = verify_value(&other_document, &trust);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Checkpoint)));

    let mut only_promised = other_document.clone();
    only_promised["inclusion"] = Value::Null;
    only_promised["checkpoint"] = Value::Null;
    let report = verify_value(&only_promised, &trust);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Event)));
}

#[test]
fn anchors_and_unknown_members_are_named_as_unchecked() {
    let ledger = Ledger::new();
    let mut document = value(&ledger.evidence(&ledger.claim[0]));
    document["anchors"] = json!([{"kind": "sundial"}]);
    document["opening"]["a/b~c"] = json!(1e300);
    document["note"] = json!([]);
    let report = verify_value(&document, &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Valid, None));
    assert_eq!(outcome(&report, StepName::Anchors), Some(Outcome::CannotTell));
    assert_eq!(report.unchecked, ["/opening/a~1b~0c", "/anchors/0", "/note"]);
}

#[test]
fn a_missing_member_a_wrong_type_and_a_duplicate_are_matters_of_format() {
    let ledger = Ledger::new();
    let document = value(&ledger.evidence(&ledger.claim[0]));
    let format = (Verdict::Invalid, Some(StepName::Format));
    for member in ["version", "log", "event", "opening", "inclusion", "checkpoint", "anchors"] {
        for wrong in [None, Some(json!(true)), Some(json!("1"))] {
            let mut changed = document.clone();
            match wrong {
                // A checkpoint that is a string has the right type, and says nothing true.
                Some(Value::String(_)) if member == "checkpoint" => continue,
                Some(wrong) => changed[member] = wrong,
                None => drop(changed.as_object_mut().unwrap().remove(member)),
            }
            let report = verify_value(&changed, &ledger.trust());
            assert_eq!(decision(&report), format, "{changed}");
        }
    }
    let text = serde_json::to_string(&document).unwrap();
    for (from, to) in [
        (r#""version":1"#, r#""version":1,"version":1"#),
        (r#""index":0"#, r#""index":0,"index":0"#),
        (r#""version":1"#, r#""version":1.0"#),
        ("{", "\u{feff}{"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        assert_eq!(decision(&verify(changed.as_bytes(), &ledger.trust())), format, "{changed}");
    }
}

#[test]
fn a_report_is_json_in_plain_words() {
    let report = serde_json::to_value(verify(b"{}", &[])).unwrap();
    assert_eq!(report["verdict"], "invalid");
    let expected = json!({
        "name": "format", "outcome": "failed", "detail": "/version is missing.",
    });
    assert_eq!(report["steps"][0], expected);
    assert_eq!(report["steps"][1]["outcome"], "cannot-tell");
    assert_eq!(report["unchecked"], json!([]));
}

#[test]
fn evidence_is_exported_as_a_tlog_proof() {
    let ledger = Ledger::new();
    let entry = &ledger.claim[0];
    let proof = ledger.evidence(entry).to_tlog_proof().unwrap();
    let (head, note) = proof.split_once("\n\n").unwrap();
    assert_eq!(note, ledger.note);
    let mut lines = head.split('\n');
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    assert!(lines.next().unwrap().starts_with("extra "));
    assert_eq!(lines.next(), Some("index 0"));
    let hashes: Vec<_> = ledger.inclusion(entry).hashes.iter().map(truth_kernel::hash::Hash::base64).collect();
    assert_eq!(lines.collect::<Vec<_>>(), hashes);
    let (event, opening) = (entry.event.clone(), entry.opening.clone());
    let promised = Evidence::receipted(ledger.keys(), event, opening, ledger.receipt(entry));
    assert_eq!(promised.to_tlog_proof(), None);
}
