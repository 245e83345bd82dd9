//! Evidence of one event.

use std::time::Duration;

use test_support::fresh_id;
use test_support::http::get;
use truth_kernel::classification::Mode;
use truth_kernel::id::EventId;
use truth_kernel::verify::Verdict;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_promised_until_the_event_is_published_and_then_verifies() {
    let fixture = Fixture::new().await;
    let event = fixture.append(Some("C-1")).await;
    let path = format!("/api/v1/proofs/{}", event.header.id);
    let pending = fixture.get(&path).await;
    assert_eq!((pending.status, pending.header("retry-after")), (202, "1"));
    assert_eq!(pending.json()["status"], "pending");
    fixture.region.seal(Mode::Test).await;
    let proof = fixture.get(&path).await;
    assert_eq!(proof.header("content-type"), "application/vnd.proveniq.evidence+json");
    assert_eq!(proof.header("cache-control"), "no-store");
    let report = fixture.verify(&proof.body);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    assert!(report.unchecked.is_empty());
    assert_eq!(proof.json()["event"]["header"], event.header_text);
    assert_eq!(fixture.get(&path).await.body, proof.body, "from memory as from tiles");
    let counted = r#"ledger_proofs_generated_total{proof_type="inclusion"} 2"#;
    assert!(fixture.metrics.text().contains(counted), "{}", fixture.metrics.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_but_not_published_is_still_pending() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await;
    fixture.region.seal(Mode::Test).await;
    assert_eq!(fixture.region.tamper("UPDATE logs SET published_size = 0 WHERE mode = 'test'").await, 1);
    assert_eq!(fixture.get(&format!("/api/v1/proofs/{}", event.header.id)).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_gets_the_proof_as_soon_as_there_is_one() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await;
    let waiting = async {
        let path = format!("/api/v1/proofs/{}?wait=10s", event.header.id);
        tokio::join!(fixture.get(&path), fixture.get(&path), fixture.get(&path))
    };
    let sealing = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        fixture.region.seal(Mode::Test).await;
    };
    let ((one, two, three), ()) = tokio::join!(waiting, sealing);
    for proof in [one, two, three] {
        assert_eq!(proof.status, 200);
        assert_eq!(fixture.verify(&proof.body).verdict, Verdict::Valid);
    }
    let unsealed = fixture.append(None).await;
    let path = format!("/api/v1/proofs/{}?wait=100ms", unsealed.header.id);
    assert_eq!(fixture.get(&path).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_callers_is_not_there() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await;
    fixture.region.seal(Mode::Test).await;
    let path = format!("/api/v1/proofs/{}", event.header.id);
    let live = fixture.region.api_key(fixture.org, Mode::Live, &["proofs:read"]).await;
    for key in [&fixture.stranger().await, &live] {
        assert_eq!(get(&fixture.router, key, &path).await.problem(), (404, "not-found".into()));
    }
    let unknown: EventId = fresh_id();
    for id in ["1", &unknown.to_string(), "org_01a19467ec227e7b9e5d918d33f08169"] {
        let refused = fixture.get(&format!("/api/v1/proofs/{id}")).await;
        assert_eq!(refused.problem(), (404, "not-found".into()), "{id}");
    }
    for query in ["wait=", "wait=2", "wait=soon", "wait=-1s", "wait=1s&wait=2s", "hurry=1"] {
        let refused = fixture.get(&format!("{path}?{query}")).await;
        assert_eq!(refused.problem(), (400, "invalid-query".into()), "{query}");
    }
    let none = fixture.region.api_key(fixture.org, Mode::Test, &["events:read"]).await;
    assert_eq!(get(&fixture.router, "", &path).await.problem(), (401, "unauthenticated".into()));
    assert_eq!(get(&fixture.router, &none, &path).await.problem(), (403, "forbidden".into()));
}

#[test]
fn the_readme_has_the_route_table() {
    let readme = include_str!("../../README.md");
    for (name, path) in proof_generator::endpoints().table() {
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        assert!(row.is_some_and(|row| row.contains(path)), "{name} {path}");
    }
}
