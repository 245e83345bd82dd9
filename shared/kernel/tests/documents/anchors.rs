//! Anchors in evidence: the kernel hands them to whoever can check them.

use serde_json::{Value, json};
use truth_kernel::evidence::Anchor;
use truth_kernel::note::VerifierKey;
use truth_kernel::verify::{AnchorClaim, AnchorFinding, Outcome, Report, StepName, Verdict, verify_with_anchors};

use super::ledger::Ledger;
use crate::{decision, outcome, verify_value};

/// Evidence with an anchor whose token says what becomes of it.
fn anchored(ledger: &Ledger, token: &str) -> Value {
    let anchor = Anchor::Rfc3161 { token: token.as_bytes().to_vec() };
    serde_json::to_value(ledger.evidence(&ledger.claim[0]).with_anchor(anchor)).unwrap()
}

fn verify_anchored(document: &Value, trust: &[VerifierKey], note: &str) -> Report {
    let check = |claim: AnchorClaim<'_>| {
        assert_eq!(claim.note, note, "the note, byte for byte");
        match claim.token {
            b"good" => AnchorFinding::Holds("Somebody stamped it.".into()),
            b"unknown" => AnchorFinding::CannotTell("Nobody knows him.".into()),
            _ => AnchorFinding::Refused("It is forged.".into()),
        }
    };
    verify_with_anchors(&serde_json::to_vec(document).unwrap(), trust, &check)
}

#[test]
fn an_anchor_is_written_with_its_kind_and_its_token_in_base64() {
    let document = anchored(&Ledger::new(), "good");
    assert_eq!(document["anchors"], json!([{"kind": "rfc3161", "token": "Z29vZA=="}]));
}

#[test]
fn what_the_caller_finds_is_the_steps_outcome() {
    let ledger = Ledger::new();
    for (token, verdict, expected, detail) in [
        ("good", Verdict::Valid, Outcome::Passed, "Somebody stamped it."),
        ("unknown", Verdict::Valid, Outcome::CannotTell, "Nobody knows him."),
        ("forged", Verdict::Invalid, Outcome::Failed, "It is forged."),
    ] {
        let report = verify_anchored(&anchored(&ledger, token), &ledger.trust(), &ledger.note);
        assert_eq!((report.verdict, outcome(&report, StepName::Anchors)), (verdict, Some(expected)), "{token}");
        assert_eq!(report.step(StepName::Anchors).unwrap().detail, detail);
        assert_eq!(report.unchecked, [""; 0]);
    }
}

#[test]
fn without_a_check_an_anchor_is_named_as_unchecked_and_takes_nothing_away() {
    let ledger = Ledger::new();
    let report = verify_value(&anchored(&ledger, "forged"), &ledger.trust());
    assert_eq!(decision(&report), (Verdict::Valid, None));
    assert_eq!(outcome(&report, StepName::Anchors), Some(Outcome::CannotTell));
    assert_eq!(report.unchecked, ["/anchors/0"]);
}

#[test]
fn one_forged_anchor_spoils_and_one_good_anchor_is_enough() {
    let ledger = Ledger::new();
    let mut document = anchored(&ledger, "unknown");
    let anchors = document["anchors"].as_array_mut().unwrap();
    anchors.push(json!({"kind": "sundial", "shadow": 7}));
    anchors.push(json!({"kind": "rfc3161", "token": "Z29vZA==", "mood": "good"}));
    let report = verify_anchored(&document, &ledger.trust(), &ledger.note);
    assert_eq!(outcome(&report, StepName::Anchors), Some(Outcome::Passed));
    assert_eq!(report.step(StepName::Anchors).unwrap().detail, "Somebody stamped it. (2 more beside it.)");
    assert_eq!(report.unchecked, ["/anchors/1", "/anchors/2/mood"]);
    document["anchors"].as_array_mut().unwrap().push(json!({"kind": "rfc3161", "token": "AAAA"}));
    let report = verify_anchored(&document, &ledger.trust(), &ledger.note);
    assert_eq!(decision(&report), (Verdict::Invalid, Some(StepName::Anchors)));
}

#[test]
fn an_anchor_without_checkpoint_or_token_proves_nothing() {
    let ledger = Ledger::new();
    let mut promised = anchored(&ledger, "good");
    promised["inclusion"] = Value::Null;
    promised["checkpoint"] = Value::Null;
    assert_eq!(decision(&verify_value(&promised, &ledger.trust())), (Verdict::Invalid, Some(StepName::Anchors)));
    for (token, step) in
        [(json!("Z29vZA"), StepName::Anchors), (json!(7), StepName::Format), (Value::Null, StepName::Format)]
    {
        let mut document = anchored(&ledger, "good");
        document["anchors"][0]["token"] = token;
        assert_eq!(decision(&verify_value(&document, &ledger.trust())), (Verdict::Invalid, Some(step)));
    }
    let mut document = anchored(&ledger, "good");
    document["anchors"][0].as_object_mut().unwrap().remove("token");
    assert_eq!(decision(&verify_value(&document, &ledger.trust())), (Verdict::Invalid, Some(StepName::Format)));
}
