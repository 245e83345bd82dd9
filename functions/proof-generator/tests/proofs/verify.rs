//! Verifying documents for those who cannot.

use axum::body::Body;
use axum::http::Request;
use test_support::http::{ask, post};
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;
use truth_kernel::note::NoteSigner;
use truth_kernel::signature::SigningKey;

use crate::fixture::Fixture;

const PATH: &str = "/api/v1/proofs/verify";

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_the_region_is_valid_under_its_own_keys_and_a_changed_one_is_not() {
    let fixture = Fixture::new().await;
    let event = fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    let evidence = fixture.get(&format!("/api/v1/proofs/{}", event.header.id)).await;
    let report = post(&fixture.router, &fixture.key, PATH, evidence.body.clone()).await.json();
    assert_eq!((&report["verdict"], &report["steps"][0]["name"]), (&"valid".into(), &"format".into()));
    let changed = evidence.text().replace("claim.filed", "claim.filet");
    let report = post(&fixture.router, &fixture.key, PATH, changed).await.json();
    assert_eq!(report["verdict"], "invalid");
    let request = Request::post(PATH).header("x-api-key", &fixture.key);
    let request = request.header("content-type", "application/vnd.proveniq.evidence+json");
    let answer = ask(&fixture.router, request.body(Body::from(evidence.body)).unwrap()).await;
    assert_eq!(answer.json()["verdict"], "valid");
}

/// A document of another log; only its checkpoint matters here.
fn foreign(signer: &NoteSigner) -> String {
    let origin = "other.example/us-east1/1".parse().unwrap();
    let note = Checkpoint::new(&origin, 1, Hash::ZERO).sign(signer);
    serde_json::json!({
        "version": 1, "log": {"origin": origin.as_str(), "keys": []}, "event": {"header": "{}", "hash": Hash::ZERO},
        "opening": null, "inclusion": null, "checkpoint": note, "anchors": [],
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_given_as_trust_count_beside_the_regions_own() {
    let fixture = Fixture::new().await;
    let signer = NoteSigner::new("other.example/us-east1/1", SigningKey::from_seed(&[5; 32])).unwrap();
    let checkpoint = async |path: &str| {
        let report = post(&fixture.router, &fixture.key, path, foreign(&signer)).await.json();
        let steps = report["steps"].as_array().unwrap().clone();
        steps.iter().find(|step| step["name"] == "checkpoint").unwrap()["outcome"].clone()
    };
    assert_eq!(checkpoint(PATH).await, "cannot-tell");
    let vkey = signer.verifier().to_string().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    assert_eq!(checkpoint(&format!("{PATH}?trust={vkey}")).await, "passed");
    assert_eq!(checkpoint(&format!("{PATH}?trust={vkey}&trust={vkey}")).await, "passed");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_document_gets_a_report_and_whatever_is_no_request_a_problem() {
    let fixture = Fixture::new().await;
    for body in ["", "{", "[]", "{}", r#"{"version":2}"#] {
        let report = post(&fixture.router, &fixture.key, PATH, body).await;
        assert_eq!((report.status, &report.json()["verdict"]), (200, &"invalid".into()), "{body}");
    }
    let too_many = format!("?{}", ["trust=x"; 33].join("&"));
    for query in ["?trust=nonsense", "?trust=", "?keys=x", &too_many] {
        let refused = post(&fixture.router, &fixture.key, &format!("{PATH}{query}"), "{}").await;
        assert_eq!(refused.problem(), (400, "invalid-query".into()), "{query}");
    }
    let request = Request::post(PATH).header("x-api-key", &fixture.key).header("content-type", "text/plain");
    let refused = ask(&fixture.router, request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(refused.problem(), (415, "unsupported-media-type".into()));
    let request = Request::post(PATH).header("x-api-key", &fixture.key).header("content-type", "application/json");
    let request = request.header("content-length", (16 * 1024 * 1024 + 1).to_string());
    let refused = ask(&fixture.router, request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(refused.problem(), (413, "payload-too-large".into()));
    let request = Request::post(PATH).header("content-type", "application/json");
    let refused = ask(&fixture.router, request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(refused.problem(), (401, "unauthenticated".into()));
}
