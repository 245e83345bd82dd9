//! Checkpoints, consistency and the public log.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use test_support::http::{ask, get};
use test_support::{TestRegion, log_signer};
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;
use truth_kernel::tree::verify_consistency;

use crate::fixture::Fixture;

async fn grown(fixture: &Fixture, events: usize) -> Checkpoint {
    for _ in 0..events {
        fixture.append(None).await;
    }
    fixture.region.seal(Mode::Test).await;
    let note = fixture.json("/api/v1/checkpoint").await["note"].as_str().unwrap().to_owned();
    let key = log_signer(&TestRegion::log(Mode::Test)).verifier().clone();
    Checkpoint::open(&note, &[key]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_checkpoint_is_given_as_json_or_as_the_note_itself() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.refusal("/api/v1/checkpoint").await, (404, "not-found".into()));
    let checkpoint = grown(&fixture, 3).await;
    assert_eq!(checkpoint.size, 3);
    let shown = fixture.json("/api/v1/checkpoint?log=test-1").await;
    let expected =
        json!({"origin": checkpoint.origin, "size": 3, "root": checkpoint.root.base64(), "note": shown["note"]});
    assert_eq!(shown, expected);
    let request = Request::get("/api/v1/checkpoint").header("x-api-key", &fixture.key).header("accept", "text/plain");
    let note = ask(&fixture.router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (note.header("content-type"), note.text()),
        ("text/plain; charset=utf-8", shown["note"].as_str().unwrap())
    );
    assert_eq!(fixture.refusal("/api/v1/checkpoint?log=1").await, (404, "not-found".into()));
    assert_eq!(fixture.refusal("/api/v1/checkpoint?log=2").await, (404, "not-found".into()));
    let live = fixture.region.api_key(fixture.org, Mode::Live, &["proofs:read"]).await;
    assert_eq!(get(&fixture.router, &live, "/api/v1/checkpoint").await.status, 404);
    assert_eq!(get(&fixture.router, &live, "/api/v1/checkpoint?log=test-1").await.status, 200);
}

fn hashes(proof: &Value) -> Vec<Hash> {
    let texts = proof["hashes"].as_array().unwrap().iter();
    texts.map(|text| Hash::from_base64(text.as_str().unwrap()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_older_tree_is_the_beginning_of_the_newest() {
    let fixture = Fixture::new().await;
    let mut older = Vec::new();
    for events in [1, 2, 4, 1] {
        older.push(grown(&fixture, events).await);
    }
    let newest = older.last().unwrap().clone();
    for old in &older {
        let proof = fixture.json(&format!("/api/v1/consistency?from={}", old.size)).await;
        assert_eq!((proof["from"].as_u64(), proof["to"].as_u64()), (Some(old.size), Some(newest.size)));
        assert_eq!(proof["log"], newest.origin);
        assert!(proof["checkpoint"].as_str().unwrap().starts_with(&newest.note_text()));
        verify_consistency(old.size, newest.size, &old.root, &newest.root, &hashes(&proof)).unwrap();
    }
    let between = fixture.json("/api/v1/consistency?from=1&to=5").await;
    assert_eq!(between["checkpoint"], Value::Null);
    assert!(fixture.json("/api/v1/consistency?from=0&to=0").await["hashes"].as_array().unwrap().is_empty());
    for query in
        ["", "from=9", "from=3&to=2", "from=1&to=9", "from=-1", "from=x", "from=1&to=", "from=1&log=x", "from=1&more=1"]
    {
        let refusal = fixture.refusal(&format!("/api/v1/consistency?{query}")).await;
        assert_eq!(refusal, (400, "invalid-query".into()), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_log_is_open_to_everybody_and_its_entries_to_auditors() {
    let fixture = Fixture::new().await;
    for (name, bytes) in [
        ("checkpoint", &b"a note"[..]),
        ("tile/0/000", &[1; 8192]),
        ("tile/0/001.p/2", &[2; 64]),
        ("tile/entries/000", b"headers"),
    ] {
        let path = format!("log/test-1/{name}").parse().unwrap();
        fixture.bucket.create(&path, bytes.to_vec()).await.unwrap();
    }
    let open = async |path| get(&fixture.router, "", &format!("/log/{path}")).await;
    let checkpoint = open("test-1/checkpoint").await;
    assert_eq!((checkpoint.status, checkpoint.text()), (200, "a note"));
    assert_eq!(checkpoint.header("cache-control"), "no-cache");
    let full = open("test-1/tile/0/000").await;
    assert_eq!((full.status, full.body.len()), (200, 8192));
    assert_eq!(full.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(full.header("content-type"), "application/octet-stream");
    let partial = open("test-1/tile/0/001.p/2").await;
    assert_eq!((partial.body.len(), partial.header("cache-control")), (64, "public, max-age=3600"));
    for missing in [
        "1/checkpoint",
        "test-1/tile/0/001",
        "test-1/tile/0/002",
        "test-1/tile/0/0",
        "test-1/tile/9/000",
        "test-1/tile/0/000.p/256",
        "test-1/tile/0/..%2f..%2f..%2fcheckpoint",
        "..%2ftest-1/checkpoint",
        "test-01/checkpoint",
        "test-1/tile/0/",
        "test-1",
    ] {
        assert_eq!(open(missing).await.problem(), (404, "not-found".into()), "{missing}");
    }
    let entries = "/log/test-1/tile/entries/000";
    assert_eq!(get(&fixture.router, "", entries).await.problem(), (401, "unauthenticated".into()));
    assert_eq!(get(&fixture.router, &fixture.key, entries).await.problem(), (403, "forbidden".into()));
    let auditor = fixture.region.api_key(fixture.org, Mode::Live, &["log:audit"]).await;
    let bundle = get(&fixture.router, &auditor, entries).await;
    assert_eq!((bundle.text(), bundle.header("cache-control")), ("headers", "private, no-store"));
    let missing = get(&fixture.router, &auditor, "/log/test-1/tile/entries/0").await;
    assert_eq!(missing.problem(), (404, "not-found".into()));
}
