//! `proveniq append`: what is sent, and what happens when the server is in trouble.

use std::sync::{Arc, Mutex};

use crate::support::server::serve;
use crate::support::{Scratch, run, run_with_input};
use serde_json::{Value, json};

/// What a server was sent.
type Sent = Arc<Mutex<Vec<(Option<String>, String)>>>;

fn recording(answer: (u16, &'static str)) -> (String, Sent) {
    let sent = Sent::default();
    let record = Arc::clone(&sent);
    let url = serve(move |request| {
        record.lock().unwrap().push((request.idempotency_key.clone(), request.body.clone()));
        (answer.0, answer.1.to_owned())
    });
    (url, sent)
}

#[test]
fn a_payload_is_sent_exactly_as_it_was_given() {
    let (url, sent) = recording((201, "{\"receipt\":1}"));
    let payload = r#"{ "amount": "12.10", "n": 1e2,"t":"\u00e9" }"#;
    let folder = Scratch::new();
    let file = format!("@{}", folder.file("payload.json", payload).display());
    let arguments = |payload: &str| {
        let fixed = [
            "append",
            "--type",
            "claim.filed",
            "--classification",
            "transactional",
            "--claim",
            "C-1",
            "--tag",
            "claim",
            "--tag",
            "pii",
        ];
        let fixed = fixed.into_iter().map(str::to_owned);
        fixed
            .chain(["--url", &url, "--key", "k", "--idempotency-key", "once", payload].map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let runs = [run(arguments(payload)), run(arguments(&file)), run_with_input(arguments("-"), payload.as_bytes())];
    for found in runs {
        assert_eq!((found.code, found.out.as_str()), (0, "{\"receipt\":1}\n"), "{}", found.err);
    }
    for (key, body) in sent.lock().unwrap().iter() {
        assert_eq!(key.as_deref(), Some("once"));
        assert!(body.ends_with(&format!(",\"payload\":{payload}}}")), "{body}");
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&body["claim_id"], &body["tags"], &body["type"]),
            (&"C-1".into(), &json!(["claim", "pii"]), &"claim.filed".into())
        );
    }
}

#[test]
fn a_payload_that_the_gate_refuses_is_not_sent() {
    let (url, sent) = recording((201, "{}"));
    for payload in ["{\"a\":1,\"a\":2}", "{\"n\":123456789012345678}", "{", "\u{feff}{}"] {
        let found = run([
            "append",
            "--type",
            "claim.filed",
            "--classification",
            "content",
            "--url",
            &url,
            "--key",
            "k",
            payload,
        ]);
        assert_eq!(found.code, 65, "{payload}: {}", found.err);
    }
    assert!(sent.lock().unwrap().is_empty());
}

#[test]
fn an_append_is_repeated_under_its_own_key_while_the_server_is_in_trouble() {
    let sent = Sent::default();
    let record = Arc::clone(&sent);
    let url = serve(move |request| {
        let mut sent = record.lock().unwrap();
        sent.push((request.idempotency_key.clone(), String::new()));
        if sent.len() < 3 { (503, "{\"title\":\"Unavailable\"}".into()) } else { (201, "{}".into()) }
    });
    let found =
        run(["append", "--type", "claim.filed", "--classification", "content", "--url", &url, "--key", "k", "{}"]);
    assert_eq!(found.code, 0, "{}", found.err);
    let sent = sent.lock().unwrap();
    assert_eq!(sent.len(), 3);
    assert!(sent[0].0.is_some() && sent.iter().all(|(key, _)| *key == sent[0].0));
}
