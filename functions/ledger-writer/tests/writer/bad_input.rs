//! What is refused, and how.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use test_support::http::ask;
use truth_kernel::classification::Mode;

use crate::fixture::{EVENTS, Fixture, filed};

const JSON: (&str, &str) = ("content-type", "application/json");

fn event_with(payload: &str) -> String {
    format!(r#"{{"type":"claim.filed","classification":"transactional","payload":{payload}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_that_can_be_kept_is_told_with_its_place() {
    let fixture = Fixture::new().await;
    let deep = |depth: usize| event_with(&format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1)));
    assert_eq!(fixture.post(deep(64)).await.status, 201);
    for (body, code) in [
        (Vec::new(), "syntax"),
        (b"{".to_vec(), "syntax"),
        (filed("C-1").into_bytes()[..40].to_vec(), "syntax"),
        (format!("{} {}", filed("C-1"), filed("C-1")).into_bytes(), "syntax"),
        (event_with("{'a':1}").into_bytes(), "syntax"),
        (event_with("NaN").into_bytes(), "syntax"),
        (event_with("[01]").into_bytes(), "syntax"),
        (event_with(r#"{"a":1,"a":2}"#).into_bytes(), "duplicate-name"),
        (br#"{"type":"a.b","type":"a.c"}"#.to_vec(), "duplicate-name"),
        (event_with(r#"{"a":"\ud800"}"#).into_bytes(), "surrogate"),
        (event_with("123456789012345678").into_bytes(), "number"),
        (event_with("1e400").into_bytes(), "number"),
        (event_with("0.1000000000000000055").into_bytes(), "number"),
        (deep(65).into_bytes(), "depth"),
        ([b"\xef\xbb\xbf", filed("C-1").as_bytes()].concat(), "encoding"),
        (event_with("\"\u{1}\"").into_bytes(), "syntax"),
        ([event_with("\"").as_bytes(), b"\xff"].concat(), "encoding"),
    ] {
        let answer = fixture.post(body.clone()).await;
        let text = String::from_utf8_lossy(&body).into_owned();
        assert_eq!(answer.problem(), (400, "malformed-json".to_owned()), "{text}");
        assert_eq!((&answer.json()["code"], answer.json()["offset"].is_u64()), (&Value::from(code), true), "{text}");
    }
    assert_eq!(fixture.count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_text_of_the_vectors_is_refused_as_a_payload() {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../../../shared/kernel/tests/vectors/canonical_json.json")).unwrap();
    let refused: Vec<_> =
        vectors.iter().filter_map(|vector| Some((vector["input"].as_str()?, vector["refused"].as_str()?))).collect();
    assert!(refused.len() > 10, "the vectors have refused texts");
    let fixture = Fixture::new().await;
    for (text, code) in refused {
        let answer = fixture.post(event_with(text)).await;
        assert_eq!(answer.problem(), (400, "malformed-json".to_owned()), "{text}");
        // A byte order mark within a text is just not JSON.
        let expected = if code == "encoding" { "syntax" } else { code };
        assert_eq!(answer.json()["code"], expected, "{text}");
    }
    assert_eq!(fixture.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_must_fit() {
    let fixture = Fixture::new().await;
    let request = |headers: &[(&str, &str)], path: &str| {
        let builder = headers.iter().fold(Request::post(path), |builder, (name, value)| builder.header(*name, *value));
        builder.header("x-api-key", &fixture.key).body(Body::from(filed("C-1"))).unwrap()
    };
    for (headers, status, slug) in [
        (&[][..], 415, "unsupported-media-type"),
        (&[("content-type", "text/plain")], 415, "unsupported-media-type"),
        (&[("content-type", "application/json; charset=latin1")], 415, "unsupported-media-type"),
        (&[JSON, ("content-encoding", "gzip")], 415, "unsupported-encoding"),
        (&[JSON, ("idempotency-key", "")], 400, "invalid-idempotency-key"),
        (&[JSON, ("idempotency-key", "a b")], 400, "invalid-idempotency-key"),
        (&[JSON, ("idempotency-key", "a"), ("idempotency-key", "b")], 400, "invalid-idempotency-key"),
        (&[JSON, ("content-length", "99999999")], 413, "payload-too-large"),
    ] {
        for path in [EVENTS, "/api/v1/events/batch"] {
            let answer = ask(&fixture.router, request(headers, path)).await;
            assert_eq!(answer.problem(), (status, slug.to_owned()), "{headers:?}");
        }
    }
    let long = "k".repeat(256);
    assert_eq!(fixture.post_under(&long, filed("C-1")).await.problem(), (400, "invalid-idempotency-key".to_owned()));
    assert_eq!(fixture.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_413() {
    let fixture = Fixture::new().await;
    let text = |length: usize| event_with(&format!(r#"{{"description":"","more":"{}"}}"#, "x".repeat(length)));
    assert_eq!(fixture.post(text(260_000)).await.status, 201);
    assert_eq!(fixture.post(text(256 * 1024)).await.problem(), (413, "payload-too-large".to_owned()));
    assert_eq!(fixture.post(text(2 * 1024 * 1024)).await.problem(), (413, "payload-too-large".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_lacks_or_has_what_it_should_not_is_told_what() {
    let fixture = Fixture::new().await;
    let answer = fixture.post(r#"{"type":"claim.filed","payload":{},"organisation":"x"}"#).await;
    assert_eq!(answer.problem(), (422, "invalid-event".to_owned()));
    let errors = answer.json()["errors"].clone();
    assert_eq!((&errors[0]["pointer"], &errors[0]["detail"]), (&"/classification".into(), &"missing".into()));
    assert_eq!((&errors[1]["pointer"], &errors[1]["detail"]), (&"/organisation".into(), &"unknown member".into()));
    let unknown = fixture.post(filed("C-1").replace("claim.filed", "claim.field")).await;
    assert_eq!(unknown.problem(), (422, "unknown-event-type".to_owned()));
    assert!(
        unknown.json()["errors"][0]["detail"].as_str().unwrap().contains("near it: claim.filed"),
        "{}",
        unknown.text()
    );
    let misfit = fixture.post(event_with(r#"{"amount":1200.5,"currency":"Erika"}"#)).await;
    assert_eq!(misfit.problem(), (422, "payload-does-not-fit".to_owned()));
    let pointers: Vec<_> =
        misfit.json()["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/payload/amount", "/payload/currency"]);
    assert!(!misfit.text().contains("Erika") && !misfit.text().contains("1200.5"), "{}", misfit.text());
    assert_eq!(fixture.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_write_is_refused_at_every_endpoint() {
    let fixture = Fixture::new().await;
    let reader = fixture.region.api_key(fixture.org, Mode::Test, &["events:read"]).await;
    let elsewhere = format!("pk_test_us-east1_{}", "a".repeat(43));
    let unknown = format!("pk_test_europe-west1_{}", "a".repeat(43));
    for path in [EVENTS, "/api/v1/events/batch", "/api/v1/claims/C-1/verify"] {
        for (key, status, slug) in [
            (None, 401, "unauthenticated"),
            (Some("nonsense"), 401, "key-unknown"),
            (Some(unknown.as_str()), 401, "key-unknown"),
            (Some(reader.as_str()), 403, "forbidden"),
            (Some(elsewhere.as_str()), 421, "wrong-region"),
        ] {
            let request = Request::post(path);
            let request = key.into_iter().fold(request, |request, key| request.header("x-api-key", key));
            let answer = ask(&fixture.router, request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.problem(), (status, slug.to_owned()), "{path} {key:?}");
        }
    }
}
