//! Verifying a claim from the database.

use serde_json::Value;
use sqlx::PgConnection;
use test_support::http::{Answer, post};
use truth_kernel::classification::Mode;

use crate::fixture::{Fixture, filed, header};

async fn verify(fixture: &Fixture, claim: &str) -> Answer {
    post(&fixture.router, &fixture.key, &format!("/api/v1/claims/{claim}/verify"), "").await
}

fn found(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["verification"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_is_an_event_of_the_claim() {
    let fixture = Fixture::new().await;
    for _ in 0..3 {
        fixture.post(filed("C/1 ä").replace("1200.50", "3")).await;
        fixture.post(filed("C-2")).await;
    }
    let answer = verify(&fixture, "C%2F1%20%C3%A4").await;
    let first = found(&answer);
    assert_eq!(
        (&first["result"], &first["head"]["stream_seq"], &first["sealed"]),
        (&"valid".into(), &3.into(), &0.into())
    );
    let header = header(&answer.json()["evidence"]);
    assert_eq!(
        (&header["type"], &header["stream_seq"], &header["stream_prev"]),
        (&"claim.verified".into(), &4.into(), &first["head"]["hash"])
    );
    let body: Value = serde_json::from_str(answer.json()["evidence"]["opening"]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["payload"], &body["claim_id"]), (&first, &answer.json()["claim_id"]));
    assert!(body["payload"]["verified_by"].as_str().unwrap().starts_with("key_"));
    let size = fixture.region.seal(Mode::Test).await;
    let sealed = found(&verify(&fixture, "C%2F1%20%C3%A4").await);
    assert_eq!(
        (&sealed["result"], &sealed["sealed"], &sealed["checkpoint_size"]),
        (&"valid".into(), &4.into(), &size.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_verified_across_pages() {
    let fixture = Fixture::new().await;
    let events = vec![filed("C-1"); 450].join(",");
    assert_eq!(fixture.batch(format!(r#"{{"events":[{events}]}}"#)).await.status, 200);
    fixture.region.seal(Mode::Test).await;
    let found = found(&verify(&fixture, "C-1").await);
    assert_eq!(
        (&found["result"], &found["sealed"], &found["head"]["stream_seq"]),
        (&"valid".into(), &450.into(), &450.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_under_the_same_key_answers_with_the_earlier_verification() {
    let fixture = Fixture::new().await;
    fixture.post(filed("C-1")).await;
    let path = "/api/v1/claims/C-1/verify";
    let first = fixture.send(path, "v", "").await;
    fixture.post(filed("C-1")).await;
    let again = fixture.send(path, "v", "").await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    assert_eq!(fixture.count().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_behind_the_ledgers_back_is_named() {
    for (change, expected) in [
        (
            "UPDATE ledger_events SET header = replace(header, 'transactional', 'operational') WHERE stream_seq = 2",
            "the stored hash is not that of the header",
        ),
        (
            "UPDATE ledger_events SET hash = sha256('x') WHERE stream_seq = 2",
            "the stored hash is not that of the header",
        ),
        (
            "UPDATE ledger_events SET header = replace(header, '\"v\":1', '\"v\":2') WHERE stream_seq = 2",
            "a header that does not parse",
        ),
        ("DELETE FROM ledger_events WHERE stream_seq = 2", "there is a gap in the stream"),
        ("DELETE FROM ledger_events WHERE stream_seq = 3", "the event is missing"),
        (
            "UPDATE event_payloads SET envelope = set_byte(envelope, 60, get_byte(envelope, 60) # 1) WHERE id = (SELECT id FROM ledger_events WHERE stream_seq = 2)",
            "the envelope does not open",
        ),
        ("UPDATE streams SET hash = sha256('x')", "the stream's head is not its last event"),
        (
            "UPDATE tiles SET hashes = sha256('x') || substring(hashes FROM 33)",
            "the event is not under the published root",
        ),
        ("DELETE FROM tiles", "a tile of the tree is missing"),
        ("UPDATE checkpoints SET root = sha256('x')", "the checkpoint's note says another size or root"),
    ] {
        let fixture = Fixture::new().await;
        for _ in 0..3 {
            fixture.post(filed("C-1")).await;
        }
        fixture.region.seal(Mode::Test).await;
        tamper(&mut fixture.region.superuser().await, change).await;
        let found = found(&verify(&fixture, "C-1").await);
        assert_eq!(found["result"], "invalid", "{change}");
        let faults: Vec<_> =
            found["faults"].as_array().unwrap().iter().map(|fault| fault["found"].as_str().unwrap()).collect();
        assert!(faults.contains(&expected), "{change}: {faults:?}");
    }
}

async fn tamper(connection: &mut PgConnection, change: &'static str) {
    sqlx::query("SET session_replication_role = replica").execute(&mut *connection).await.unwrap();
    let done = sqlx::query(change).execute(&mut *connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{change}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_is_not_there_or_not_yours_is_not_found() {
    let fixture = Fixture::new().await;
    fixture.post(filed("C-1")).await;
    let live = fixture.region.api_key(fixture.org, Mode::Live, &["events:write"]).await;
    let stranger = fixture.region.api_key(fixture.region.organization().await, Mode::Test, &["events:write"]).await;
    for (key, path) in [
        (&fixture.key, "/api/v1/claims/C-2/verify".to_owned()),
        (&fixture.key, format!("/api/v1/claims/{}/verify", "x".repeat(201))),
        (&live, "/api/v1/claims/C-1/verify".to_owned()),
        (&stranger, "/api/v1/claims/C-1/verify".to_owned()),
    ] {
        assert_eq!(post(&fixture.router, key, &path, "").await.problem(), (404, "not-found".to_owned()), "{path}");
    }
    assert_eq!(fixture.count().await, 1);
}
