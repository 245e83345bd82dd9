#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;
use truth_kernel::canonical::parse;

use super::{EventRequest, PAYLOAD_LIMIT, Problem, REQUEST_DEPTH};

fn request(json: &str) -> Result<EventRequest, Problem> {
    EventRequest::parse(parse(json.as_bytes(), REQUEST_DEPTH).unwrap(), "")
}

/// Slug and pointers of a refusal.
fn refusal(json: &str) -> (String, Vec<String>) {
    let problem = serde_json::to_value(request(json).unwrap_err()).unwrap();
    let errors = problem["errors"].as_array().into_iter().flatten();
    let pointers = errors.map(|error| error["pointer"].as_str().unwrap().to_owned()).collect();
    (problem["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned(), pointers)
}

#[test]
fn everything_that_an_event_has_is_read() {
    let event = request(
        r#"{"type":"claim.filed","classification":"content","claim_id":"C-1","subject_id":"S-1","tags":["pii","claim","pii"],
            "occurred_at":"2026-11-20T22:44:05.1+01:00","payload":{"b":1,"a":[]}}"#,
    )
    .unwrap();
    assert_eq!((event.event_type.as_str(), event.level.as_str()), ("claim.filed", "content"));
    let expected = r#"{"claim_id":"C-1","occurred_at":"2026-11-20T21:44:05.100Z","payload":{"a":[],"b":1},"subject_id":"S-1","tags":["claim","pii"]}"#;
    assert_eq!(event.canonical.as_str(), expected);
    let least = request(r#"{"type":"a.b","classification":"identity","payload":null}"#).unwrap();
    assert_eq!(least.canonical.as_str(), r#"{"payload":null,"tags":[]}"#);
}

#[test]
fn every_fault_is_told_at_once_and_where() {
    let (slug, pointers) = refusal(
        r#"{"type":"Claim","claim_id":"","subject_id":7,"tags":["claim","ledger_proof",null],"occurred_at":"yesterday","payloads":{},"a/b~":1}"#,
    );
    assert_eq!(slug, "invalid-event");
    let expected = [
        "/type",
        "/classification",
        "/claim_id",
        "/subject_id",
        "/occurred_at",
        "/tags/1",
        "/tags/2",
        "/payload",
        "/a~1b~0",
        "/payloads",
    ];
    assert_eq!(pointers, expected);
    for wrong in ["[]", "null", "\"event\"", "1"] {
        assert_eq!(refusal(wrong), ("invalid-event".to_owned(), vec![String::new()]), "{wrong}");
    }
    let with =
        |member: &str| refusal(&format!(r#"{{"type":"a.b","classification":"identity","payload":1,{member}}}"#)).1;
    for (member, pointer) in [
        (r#""claim_id":null"#, "/claim_id"),
        (r#""tags":"claim""#, "/tags"),
        (r#""occurred_at":"2026-11-20T21:44:05.1234Z""#, "/occurred_at"),
        (r#""occurred_at":"2026-11-20T21:44:05""#, "/occurred_at"),
        (r#""idempotency_key":"k""#, "/idempotency_key"),
        (r#""org":"org_1""#, "/org"),
    ] {
        assert_eq!(with(member), [pointer], "{member}");
    }
}

#[test]
fn what_only_the_ledger_writes_is_refused() {
    assert_eq!(refusal(r#"{"type":"claim.verified","classification":"operational","payload":{}}"#).1, ["/type"]);
}

#[test]
fn a_payload_has_at_most_256_kib_however_it_is_written() {
    let event = |payload: &str| format!(r#"{{"type":"a.b","classification":"identity","payload":{payload}}}"#);
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    assert!(request(&event(&text(PAYLOAD_LIMIT))).is_ok());
    assert_eq!(
        refusal(&event(&text(PAYLOAD_LIMIT + 1))),
        ("payload-too-large".to_owned(), vec!["/payload".to_owned()])
    );
    let spaced = format!("[{}1]", " ".repeat(PAYLOAD_LIMIT));
    assert!(request(&event(&spaced)).is_ok());
}

proptest! {
    #[test]
    fn a_refusal_repeats_no_value(secret in "[A-Z]{12}", member in "type|classification|claim_id|subject_id|occurred_at|tags") {
        let value = if member == "claim_id" || member == "subject_id" { format!(r#""{secret}\n""#) } else { format!(r#""{secret}""#) };
        let problem = request(&format!(r#"{{"{member}":{value}}}"#)).unwrap_err();
        prop_assert!(!serde_json::to_string(&problem).unwrap().contains(&secret));
    }
}
