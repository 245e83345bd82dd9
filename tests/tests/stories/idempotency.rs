//! Sent again, a request is answered again and nothing happens twice.

use serde_json::{Value, json};
use stories::{event_id, tell};
use tokio::task::JoinSet;
use truth_kernel::classification::Mode;

const REPLAYED: &str = "idempotent-replayed";

#[test]
fn fifty_concurrent_duplicates_make_one_event_and_get_identical_receipts() {
    tell(async |regions| {
        for (region, _) in regions.pairs() {
            let org = region.organization(Mode::Live).await;
            let client = org.client.under("once");
            let event = org.filed(&org.claim());
            let mut sending = JoinSet::new();
            for _ in 0..50 {
                let (client, event) = (client.clone(), event.clone());
                sending.spawn(async move { client.post_event(&event).await });
            }
            let answers = sending.join_all().await;
            for answer in &answers {
                assert_eq!((answer.status, &answer.body), (201, &answers[0].body), "{}", answer.text());
                assert_eq!(answer.header("location"), answers[0].header("location"));
            }
            let first = answers.iter().filter(|answer| answer.header(REPLAYED).is_empty()).count();
            assert_eq!(first, 1, "one request made the event, the others say that they repeat it");
            let listed = org.client.list_events("").await.json();
            assert_eq!(listed["events"].as_array().unwrap().len(), 1);
        }
    });
}

#[test]
fn a_key_with_another_body_is_refused_and_the_first_answer_stays() {
    tell(async |regions| {
        let org = regions.us.organization(Mode::Test).await;
        let (client, claim) = (org.client.under("mine"), org.claim());
        let first = client.post_event(&org.filed(&claim)).await;
        assert_eq!(first.status, 201);
        let changed = |member: &str, value: Value| {
            let mut event = org.filed(&claim);
            event[member] = value;
            event
        };
        for other in [
            org.filed(&org.claim()),
            org.paid(&claim, "1"),
            changed("classification", json!("operational")),
            changed("occurred_at", json!("2026-11-20T22:44:05.124+01:00")),
            changed("tags", json!(["claim"])),
            changed("payload", json!({ "amount": "1200.51" })),
        ] {
            assert_eq!(
                client.post_event(&other).await.problem(),
                (422, "idempotency-key-reused".to_owned()),
                "{other}"
            );
        }
        // The same event in other words: members in another order, the same instant in another zone.
        let again = client.post_event(&changed("occurred_at", json!("2026-11-20T21:44:05.123Z"))).await;
        assert_eq!((again.status, again.header(REPLAYED), &again.body), (201, "true", &first.body));
        assert_eq!(org.client.list_events("").await.json()["events"].as_array().unwrap().len(), 1);

        let neighbour = regions.us.organization(Mode::Test).await;
        let theirs = neighbour.client.under("mine").post_event(&neighbour.filed(&claim)).await;
        assert_eq!((theirs.status, theirs.header(REPLAYED)), (201, ""), "keys of organizations never meet");
    });
}

#[test]
fn a_batch_fails_item_by_item_and_replays_item_by_item() {
    tell(async |regions| {
        let org = regions.eu.organization(Mode::Live).await;
        let client = org.client.under("batch");
        let mut own_key = org.filed(&org.claim());
        own_key["idempotency_key"] = json!("own");
        let mut bad = org.filed(&org.claim());
        bad["payload"]["amount"] = json!(12.5);
        let mut items = vec![org.filed(&org.claim()), bad, own_key, org.paid(&org.claim(), "5")];
        let first = results(&client.post_events_batch(&items).await.json());
        let statuses: Vec<_> = first.iter().map(|result| result["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [201, 422, 201, 201]);
        assert_eq!(first[1]["problem"]["errors"][0]["pointer"], "/events/1/payload/amount");

        // Mended and sent again: what was written is answered as before, what was refused is written now.
        items[1]["payload"]["amount"] = json!("12.5");
        let second = results(&client.post_events_batch(&items).await.json());
        for (index, result) in second.iter().enumerate() {
            assert_eq!(result["status"], 201);
            assert_eq!(result["replayed"] == true, index != 1, "{result}");
            assert!(index == 1 || result["evidence"] == first[index]["evidence"]);
        }
        // An event keeps its key whichever way it is sent.
        items[2].as_object_mut().unwrap().remove("idempotency_key");
        let alone = org.client.under("own").post_event(&items[2]).await;
        assert_eq!((alone.status, alone.header(REPLAYED)), (201, "true"));
        assert_eq!(event_id(&alone.json()), event_id(&first[2]["evidence"]));
        assert_eq!(org.client.list_events("").await.json()["events"].as_array().unwrap().len(), 4);
    });
}

#[test]
fn one_key_twice_in_a_batch_is_one_event() {
    tell(async |regions| {
        let org = regions.us.organization(Mode::Live).await;
        let mut event = org.filed(&org.claim());
        event["idempotency_key"] = json!("twice");
        let mut other = org.filed(&org.claim());
        other["idempotency_key"] = json!("twice");
        let told = results(&org.client.post_events_batch(&[event.clone(), event, other]).await.json());
        assert_eq!(
            (&told[0]["status"], &told[1]["status"], &told[2]["status"]),
            (&json!(201), &json!(201), &json!(422))
        );
        assert_eq!((&told[1]["replayed"], &told[1]["evidence"]), (&json!(true), &told[0]["evidence"]));
    });
}

#[test]
fn a_repeated_verification_is_the_same_verification() {
    tell(async |regions| {
        let (org, client) =
            (regions.eu.organization(Mode::Test).await, regions.eu.organization(Mode::Test).await.client);
        let claim = org.claim();
        org.append(&org.filed(&claim)).await;
        let first = org.client.under("verify").verify_claim(&claim).await;
        let again = org.client.under("verify").verify_claim(&claim).await;
        assert_eq!((first.status, &first.body), (200, &again.body), "{}", again.text());
        assert_eq!(org.client.list_events("").await.json()["events"].as_array().unwrap().len(), 2);
        assert_eq!(client.verify_claim(&claim).await.problem(), (404, "not-found".to_owned()));
    });
}

fn results(batch: &Value) -> Vec<Value> {
    batch["results"].as_array().unwrap_or_else(|| panic!("{batch}")).clone()
}
