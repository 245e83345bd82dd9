//! Everything that must not get in: each refusal is a problem document of a stable type, and nothing of it is written.
//!
//! That no refusal is a 5xx or plain text, the client sees to.

use axum::body::{Body, Bytes};
use http::Method;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};
use stories::{Client, Organization, event_id, tell};
use truth_kernel::classification::Mode;

const EVENTS: &str = "/api/v1/events";

/// A refusal: status, type, and the first place that it points at (a JSON Pointer; empty where it points nowhere).
type Refusal<'a> = (u16, &'a str, &'a str);

/// The vectors of the canonical form, of an independent implementation.
fn vectors() -> Vec<Value> {
    let vectors = include_str!("../../../shared/kernel/tests/vectors/canonical_json.json");
    serde_json::from_str(vectors).unwrap()
}

async fn nothing_was_written(org: &Organization) {
    let listed = org.client.list_events("").await.json();
    assert_eq!(listed["events"], json!([]));
}

/// Posts an event's text and holds the refusal against what is expected.
async fn refused(client: &Client, body: impl Into<Body>, expected: Refusal<'_>, what: &str) -> Value {
    let answer = client.post(EVENTS, body).await;
    let (status, kind) = answer.problem();
    let problem = answer.json();
    let pointer = problem["errors"][0]["pointer"].as_str().unwrap_or_default();
    assert_eq!((status, kind.as_str(), pointer), expected, "{what}: {problem}");
    problem
}

#[test]
fn every_refused_vector_is_refused_as_a_payload() {
    tell(async |regions| {
        let org = regions.eu.organization(Mode::Live).await;
        let mut refusals = 0;
        for vector in vectors() {
            let (Some(code), input) = (vector["refused"].as_str(), vector["input"].as_str().unwrap()) else { continue };
            let body = format!(r#"{{"type":"claim.filed","classification":"operational","payload":{input}}}"#);
            let answer = org.client.post(EVENTS, body).await;
            assert_eq!(answer.problem(), (400, "malformed-json".to_owned()), "{input}");
            let problem = answer.json();
            assert_eq!(problem["code"], code, "{input}");
            assert!(problem["offset"].as_u64().unwrap() > 0, "{input}");
            refusals += 1;
        }
        assert!(refusals > 30);
        nothing_was_written(&org).await;
    });
}

#[test]
fn every_accepted_vector_comes_back_in_its_canonical_form() {
    tell(async |regions| {
        let org = regions.us.organization(Mode::Test).await;
        assert_eq!(org.client.register_event_type("any.thing", &json!({})).await.status, 201);
        for vector in vectors() {
            let (Some(canonical), input) = (vector["canonical"].as_str(), vector["input"].as_str().unwrap()) else {
                continue;
            };
            let body = format!(r#"{{"payload":{input},"classification":"content","type":"any.thing"}}"#);
            let answer = org.client.post(EVENTS, body).await;
            assert_eq!(answer.status, 201, "{input}: {}", answer.text());
            let event = org.client.get_event(&event_id(&answer.json())).await;
            assert!(event.text().contains(&format!(r#""payload":{canonical},"#)), "{input}: {}", event.text());
            assert_eq!(event.json()["payload_sha256"], vector["payload_sha256"], "{input}");
        }
    });
}

#[test]
fn bytes_that_are_no_json_are_refused() {
    tell(async |regions| {
        let org = regions.us.organization(Mode::Live).await;
        let event = org.filed(&org.claim()).to_string();
        let malformed = (400, "malformed-json", "");
        let gate = |code: &'static str| move |problem: Value| assert_eq!(problem["code"], code, "{problem}");
        let bytes = |prefix: &[u8], suffix: &[u8]| Bytes::from([prefix, event.as_bytes(), suffix].concat());
        for (what, body, code) in [
            ("nothing", Bytes::new(), "syntax"),
            ("a byte order mark", bytes(b"\xef\xbb\xbf", b""), "encoding"),
            ("UTF-16", event.encode_utf16().flat_map(u16::to_le_bytes).collect(), "syntax"),
            ("a second value", bytes(b"", b"{}"), "syntax"),
            ("cut off", bytes(b"", b"").slice(..event.len() - 1), "syntax"),
            (
                "a byte that UTF-8 does not have",
                event
                    .replace("hail", "h\u{0}il")
                    .into_bytes()
                    .into_iter()
                    .map(|b| if b == 0 { 0xff } else { b })
                    .collect(),
                "encoding",
            ),
            (
                "a surrogate in UTF-8",
                [&event.as_bytes()[..event.len() - 1], b",\"x\":\"\xed\xa0\x80\"}"].concat().into(),
                "encoding",
            ),
        ] {
            gate(code)(refused(&org.client, body, malformed, what).await);
        }
        let deep = format!(r#"{{"payload":{}}}"#, "[".repeat(5000));
        let deepest = format!("/payload{}", "/0".repeat(64));
        gate("depth")(refused(&org.client, deep, (400, "malformed-json", &deepest), "5,000 levels").await);
        nothing_was_written(&org).await;
    });
}

#[test]
fn a_payload_may_have_256_kib_and_not_one_byte_more() {
    tell(async |regions| {
        let org = regions.eu.organization(Mode::Test).await;
        let event = |bytes: usize| {
            // `{"text":""}` has 11 bytes.
            let payload = json!({ "text": "x".repeat(bytes - 11) });
            json!({ "type": "claim.updated", "classification": "content", "payload": payload }).to_string()
        };
        refused(&org.client, event(256 * 1024 + 1), (413, "payload-too-large", "/payload"), "one byte more").await;
        let announced = format!("{}{}", event(100), " ".repeat(2 << 20));
        refused(&org.client, announced, (413, "payload-too-large", ""), "2 MiB").await;
        nothing_was_written(&org).await;
        assert_eq!(org.client.post(EVENTS, event(256 * 1024)).await.status, 201);
    });
}

#[test]
fn only_plain_json_is_read() {
    tell(async |regions| {
        let org = regions.eu.organization(Mode::Live).await;
        let event = org.filed(&org.claim()).to_string();
        for other in
            ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "application/jsonp"]
        {
            let client = org.client.with_header(CONTENT_TYPE, other);
            refused(&client, event.clone(), (415, "unsupported-media-type", ""), other).await;
        }
        let bare = org.client.send(Method::POST, EVENTS, event.clone()).await;
        assert_eq!(bare.problem(), (415, "unsupported-media-type".to_owned()));
        for encoding in ["gzip", "br", "identity, gzip"] {
            let client = org.client.with_header(CONTENT_ENCODING, encoding);
            refused(&client, event.clone(), (415, "unsupported-encoding", ""), encoding).await;
        }
        for key in ["", "with space", "\u{e9}", &"k".repeat(256)] {
            let client = org.client.under(key);
            refused(&client, event.clone(), (400, "invalid-idempotency-key", ""), key).await;
        }
        nothing_was_written(&org).await;
    });
}

#[test]
fn an_event_says_what_it_must_and_nothing_else() {
    tell(async |regions| {
        let org = regions.us.organization(Mode::Live).await;
        let base = org.filed(&org.claim());
        let with = |member: &str, value: Value| {
            let mut event = base.clone();
            event[member] = value;
            event
        };
        let without = |member: &str| {
            let mut event = base.clone();
            event.as_object_mut().unwrap().remove(member);
            event
        };
        let invalid = |pointer| (422, "invalid-event", pointer);
        for (event, expected) in [
            (json!([]), invalid("")),
            (json!("event"), invalid("")),
            (without("classification"), invalid("/classification")),
            (without("type"), invalid("/type")),
            (without("payload"), invalid("/payload")),
            (with("classification", json!("secret")), invalid("/classification")),
            (with("classification", json!(1)), invalid("/classification")),
            (with("type", json!("Claim Filed")), invalid("/type")),
            (with("type", json!("claim.verified")), invalid("/type")),
            (with("claim_id", json!("")), invalid("/claim_id")),
            (with("claim_id", Value::Null), invalid("/claim_id")),
            (with("claim_id", json!("x".repeat(201))), invalid("/claim_id")),
            (with("claim_id", json!("line\nbreak")), invalid("/claim_id")),
            (with("subject_id", json!("nul\u{0}")), invalid("/subject_id")),
            (with("occurred_at", json!("yesterday")), invalid("/occurred_at")),
            (with("occurred_at", json!("2026-11-20T21:44:05.1234567Z")), invalid("/occurred_at")),
            (with("tags", json!("claim")), invalid("/tags")),
            (with("tags", json!(["claim", "unheard-of"])), invalid("/tags/1")),
            (with("tags", json!(["ledger_proof"])), invalid("/tags/0")),
            (with("seq", json!(1)), invalid("/seq")),
            (with("idempotency_key", json!("k")), invalid("/idempotency_key")),
            (with("a/b~c", json!(1)), invalid("/a~1b~0c")),
            (with("type", json!("policy.unheard_of")), (422, "unknown-event-type", "/type")),
            (with("payload", json!({ "amount": 12.5 })), (422, "payload-does-not-fit", "/payload/amount")),
            (with("payload", json!("text")), (422, "payload-does-not-fit", "/payload")),
        ] {
            refused(&org.client, event.to_string(), expected, &event.to_string()).await;
        }
        nothing_was_written(&org).await;
    });
}

#[test]
fn a_batch_is_a_list_of_1_to_500_events_of_8_mib() {
    tell(async |regions| {
        let org = regions.eu.organization(Mode::Test).await;
        let batch = async |body: String| org.client.post("/api/v1/events/batch", body).await.problem();
        let many = |count: usize| json!({ "events": vec![1; count] }).to_string();
        for (body, expected) in [
            (many(0), (422, "invalid-request")),
            (many(501), (422, "invalid-request")),
            ("[]".to_owned(), (422, "invalid-request")),
            (r#"{"events":[1],"more":1}"#.to_owned(), (422, "invalid-request")),
            (r#"{"events":[1"#.to_owned(), (400, "malformed-json")),
            (String::new(), (400, "malformed-json")),
            (" ".repeat((8 << 20) + 1), (413, "payload-too-large")),
        ] {
            let start = body.get(..20.min(body.len())).unwrap().to_owned();
            assert_eq!(batch(body).await, (expected.0, expected.1.to_owned()), "{start}");
        }
        // An item that is not even JSON fails alone.
        let broken = format!(r#"{{"events":[{{"a":1,"a":2}},{},nul,{{"payload":1e400}}]}}"#, org.filed(&org.claim()));
        let told = org.client.post("/api/v1/events/batch", broken).await.json();
        let statuses: Vec<_> =
            told["results"].as_array().unwrap().iter().map(|result| result["status"].clone()).collect();
        assert_eq!(statuses, [400, 201, 400, 400]);
        assert_eq!(told["results"][3]["problem"]["errors"][0]["pointer"], "/events/3/payload");
    });
}
