//! Evidence, good and forged in every way: the verdict and the step that decides it.

use serde_json::Value;
use truth_kernel::encoding::decode_base64_array;
use truth_kernel::evidence::{EventText, Evidence, Inclusion, LogKeys, Opening, Receipt};
use truth_kernel::note::VerifierKey;
use truth_kernel::verify::{Outcome, StepName, verify};

use super::tree::hashes;
use crate::{load, parsed, text};

#[test]
fn evidence() {
    let vectors = load("evidence.json");
    let cases = vectors["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let trust = case["trusted_keys"].as_array().unwrap().iter();
        let trust: Vec<VerifierKey> = trust.map(|key| key.as_str().unwrap().parse().unwrap()).collect();
        let report = verify(&serde_json::to_vec(&case["evidence"]).unwrap(), &trust);
        assert_eq!(report.verdict.as_str(), text(case, "verdict"), "{case}: {report:#?}");
        let decisive = report.failing_step().map(|step| step.name);
        let expected = case["failing_step"].as_str();
        assert_eq!(decisive.map(StepName::as_str), expected, "{case}: {report:#?}");
    }
}

#[test]
fn unknown_members_are_named_as_unchecked() {
    let known = ["version", "log", "event", "opening", "inclusion", "checkpoint", "anchors", "receipt"];
    for case in load("evidence.json")["cases"].as_array().unwrap() {
        let report = verify(&serde_json::to_vec(&case["evidence"]).unwrap(), &[]);
        if report.step(StepName::Format).map(|step| step.outcome) == Some(Outcome::Passed) {
            let members = case["evidence"].as_object().unwrap().keys();
            let unknown = members.filter(|name| !known.contains(&name.as_str()));
            let expected: Vec<_> = unknown.map(|name| format!("/{name}")).collect();
            assert_eq!(report.unchecked, expected, "{case}");
        }
    }
}

/// The builder's document from the parts of a valid one.
fn rebuild(evidence: &Value) -> Evidence {
    let log = LogKeys {
        origin: parsed(&evidence["log"], "origin"),
        keys: serde_json::from_value(evidence["log"]["keys"].clone()).unwrap(),
    };
    let event = EventText::new(text(&evidence["event"], "header").to_owned());
    let opening = evidence["opening"].is_object().then(|| {
        let opening = &evidence["opening"];
        let key = opening["stream_key"].as_str().map(|key| key.parse().unwrap());
        Opening::new(parsed(opening, "salt"), text(opening, "body").to_owned(), key)
    });
    let inclusion =
        Inclusion { index: evidence["inclusion"]["index"].as_u64().unwrap(), hashes: hashes(&evidence["inclusion"]) };
    let note = text(evidence, "checkpoint").to_owned();
    let built = Evidence::included(log, event, opening, inclusion, note);
    match &evidence["receipt"] {
        Value::Null => built,
        receipt => built.with_receipt(Receipt {
            key: parsed(receipt, "key"),
            signature: decode_base64_array(text(receipt, "signature")).unwrap(),
        }),
    }
}

#[test]
fn the_builder_writes_the_valid_documents() {
    let vectors = load("evidence.json");
    let cases = vectors["cases"].as_array().unwrap();
    for case in cases.iter().filter(|case| case["verdict"] == "valid") {
        let built = serde_json::to_value(rebuild(&case["evidence"])).unwrap();
        for (member, value) in built.as_object().unwrap() {
            assert_eq!(*value, case["evidence"][member], "{case}");
        }
    }
}
