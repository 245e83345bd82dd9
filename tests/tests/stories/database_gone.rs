//! The database goes away and comes back: nothing is half-written, nothing that was acknowledged is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use private_postgres::Shutdown;
use serde_json::{Value, json};
use stories::{Client, Durability, Organization, Region, block_on, event_id, start};
use test_support::http::Answer;
use tokio::task::JoinSet;
use truth_kernel::classification::Mode;

async fn one_region() -> Region {
    start(["europe-west1"], Durability::Durable).await.pop().unwrap()
}

#[test]
fn without_its_database_a_region_says_so_and_goes_on_when_it_is_back() {
    block_on(async {
        let region = one_region().await;
        let org = region.organization(Mode::Live).await;
        let claim = org.claim();
        let before = org.append(&org.filed(&claim)).await;
        assert_eq!(org.client.get_proof(&before).await.status, 200);

        region.local.cluster.kill().unwrap();
        everything_is_unavailable(&region, &org, &claim, &before).await;

        region.local.cluster.restart().unwrap();
        let during = again(async || org.client.under("during").post_event(&org.filed(&claim)).await).await;
        assert_eq!(during.status, 201, "{}", during.text());
        again(async || region.anyone().get("/ready").await).await;
        let history = again(async || org.client.get_history(&claim).await).await.json();
        let events = history["events"].as_array().unwrap().len();
        // The batch item had no key: whether it was written, its answer did not say.
        assert!((2..=3).contains(&events), "filed, and filed under the key: {events}");
        let verified = again(async || org.client.verify_claim(&claim).await).await;
        assert_eq!(verified.json()["verification"]["result"], "valid");
        nothing_is_half_written(&region).await;
        region.verify().await;
        region.local.stop().await.unwrap();
    });
}

/// Every request that needs the database is a 503 that says when to come back (the client checks); the process itself lives.
async fn everything_is_unavailable(region: &Region, org: &Organization, claim: &str, event: &str) {
    let mut asking = JoinSet::new();
    let proofs = json!({ "events": [event] });
    let ask = |client: &Client| (client.clone(), org.filed(claim));
    let (client, filed) = ask(&org.client.under("during"));
    asking.spawn(async move { client.post_event(&filed).await });
    let (client, filed) = ask(&org.client);
    asking.spawn(async move { client.post_events_batch(&[filed]).await });
    for path in ["/api/v1/events", "/api/v1/checkpoint", "/ready", "/api/v1/admin/api-keys"] {
        let client = org.client.clone();
        asking.spawn(async move { client.get(path).await });
    }
    for path in [
        format!("/api/v1/claims/{claim}/history"),
        format!("/api/v1/proofs/{event}?wait=1s"),
        format!("/api/v1/events/{event}"),
    ] {
        let client = org.client.clone();
        asking.spawn(async move { client.get(&path).await });
    }
    let client = org.client.clone();
    asking.spawn(async move { client.post("/api/v1/proofs/batch", proofs.to_string()).await });
    for path in ["/push/analyze", "/push/seal", "/push/sweep"] {
        let pusher = region.anyone().with_key(&region.push_token());
        asking.spawn(async move { pusher.post(path, r#"{"message":{"messageId":"1"}}"#).await });
    }
    for answer in asking.join_all().await {
        let status = match answer.status {
            200 => answer.json()["results"][0]["status"].as_u64().unwrap(),
            status => u64::from(status),
        };
        assert_eq!(status, 503, "{}", answer.text());
    }
    assert_eq!(region.anyone().get("/health").await.status, 200);
    assert_eq!(region.anyone().log_object("1", "checkpoint").await.status, 200, "the public log needs no database");
}

#[test]
fn writers_at_work_lose_nothing_when_the_database_dies_under_them() {
    block_on(async {
        let region = one_region().await;
        let org = region.organization(Mode::Test).await;
        let mut acknowledged = BTreeMap::new();
        for round in 0..3 {
            let mut writing = JoinSet::new();
            for writer in 0..8 {
                let (client, events) =
                    (org.client.clone(), (0..12).map(|_| org.filed(&org.claim())).collect::<Vec<_>>());
                writing.spawn(write_all(client, format!("{round}-{writer}"), events));
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
            match round {
                0 => region.local.cluster.kill().unwrap(),
                1 => region.local.cluster.stop(Shutdown::Immediate).unwrap(),
                _ => region.local.cluster.stop(Shutdown::Fast).unwrap(),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            region.local.cluster.restart().unwrap();
            acknowledged.extend(writing.join_all().await.into_iter().flatten());
        }
        assert_eq!(acknowledged.len(), 3 * 8 * 12);
        everything_acknowledged_is_there_once(&org, &acknowledged).await;
        nothing_is_half_written(&region).await;
        region.verify().await;
        region.local.stop().await.unwrap();
    });
}

/// Appends events, each under a key of its own and again until it is acknowledged; answers with their receipts by key.
async fn write_all(client: Client, name: String, events: Vec<Value>) -> Vec<(String, Value)> {
    let mut receipts = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let key = format!("{name}-{index}");
        let client = client.under(&key);
        let mut answer = client.post_event(event).await;
        while answer.status == 503 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            answer = client.post_event(event).await;
        }
        assert_eq!(answer.status, 201, "{}", answer.text());
        receipts.push((key, answer.json()["event"].clone()));
    }
    receipts
}

async fn everything_acknowledged_is_there_once(org: &Organization, acknowledged: &BTreeMap<String, Value>) {
    let listed = again(async || org.client.list_events("limit=500").await).await.json();
    let stored = listed["events"].as_array().unwrap();
    let by_id: BTreeMap<_, _> = stored.iter().map(|event| (event["id"].as_str().unwrap().to_owned(), event)).collect();
    assert_eq!((by_id.len(), stored.len()), (acknowledged.len(), acknowledged.len()));
    for receipted in acknowledged.values() {
        let id = event_id(&json!({ "event": receipted }));
        assert_eq!((&by_id[&id]["header"], &by_id[&id]["hash"]), (&receipted["header"], &receipted["hash"]));
    }
}

/// Asks again until the answer is not 503.
async fn again(ask: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..200 {
        let answer = ask().await;
        if answer.status != 503 {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still unavailable")
}

/// An event is a header, a sealed body and a key, or nothing at all.
async fn nothing_is_half_written(region: &Region) {
    let sql = "SELECT (SELECT count(*) FROM ledger_events WHERE NOT EXISTS (SELECT 1 FROM event_payloads p WHERE p.id = ledger_events.id))
                    + (SELECT count(*) FROM event_payloads WHERE NOT EXISTS (SELECT 1 FROM ledger_events e WHERE e.id = event_payloads.id))
                    + (SELECT count(*) FROM idempotency_keys WHERE NOT EXISTS (SELECT 1 FROM ledger_events e WHERE e.id = event_id))";
    let torn: i64 = sqlx::query_scalar(sql).fetch_one(&mut region.superuser().await).await.unwrap();
    assert_eq!(torn, 0);
}
