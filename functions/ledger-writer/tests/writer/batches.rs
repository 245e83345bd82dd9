//! Batches: each event for itself.

use serde_json::Value;
use test_support::http::Answer;

use crate::fixture::{Fixture, filed, header};

fn batch(events: &[String]) -> String {
    format!(r#"{{"events":[{}]}}"#, events.join(","))
}

fn results(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["results"].as_array().unwrap().clone()
}

fn statuses(answer: &Answer) -> Vec<u64> {
    results(answer).iter().map(|result| result["status"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_event_fails_alone() {
    let fixture = Fixture::new().await;
    let events = [
        filed("C-1"),
        filed("C-1").replace("1200.50", "twelve"),
        filed("C-1").replace("\"tags\"", "\"tags\":[],\"tags\""),
        "{broken".to_owned() + "}",
        filed("C-1").replace("claim.filed", "claim.flied"),
        filed("C-1").replace("\"classification\"", "\"class\""),
        "17".to_owned(),
        filed("C-2"),
    ];
    let answer = fixture.batch(batch(&events)).await;
    assert_eq!(statuses(&answer), [201, 422, 400, 400, 422, 422, 422, 201]);
    let results = results(&answer);
    let pointer = |index: usize| results[index]["problem"]["errors"][0]["pointer"].as_str().unwrap().to_owned();
    assert_eq!((pointer(1), pointer(4)), ("/events/1/payload/amount".to_owned(), "/events/4/type".to_owned()));
    assert_eq!(pointer(5), "/events/5/classification");
    let offset = usize::try_from(results[3]["problem"]["offset"].as_u64().unwrap()).unwrap();
    assert!(batch(&events)[offset..].starts_with("broken"));
    assert_eq!(header(&results[7]["evidence"])["seq"], 2);
    assert_eq!(fixture.count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_counted_once_by_type_and_organization() {
    let fixture = Fixture::new().await;
    for _ in 0..2 {
        assert_eq!(fixture.post_under("k", filed("C-1")).await.status, 201);
    }
    assert_eq!(statuses(&fixture.batch(batch(&[filed("C-2"), "17".to_owned(), filed("C-2")])).await), [201, 422, 201]);
    let text = fixture.metrics.text();
    let written = format!(r#"ledger_events_written_total{{event_type="claim.filed",partner_id="{}"}} 3"#, fixture.org);
    for line in [&written, r#"ledger_write_latency_seconds_count{event_type="claim.filed"} 3"#] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_get_their_places_in_order() {
    let fixture = Fixture::new().await;
    let events: Vec<_> = (0..500).map(|number| filed(&format!("C-{}", number % 3))).collect();
    let answer = fixture.batch(batch(&events)).await;
    let headers: Vec<_> = results(&answer).iter().map(|result| header(&result["evidence"])).collect();
    for (index, header) in headers.iter().enumerate() {
        assert_eq!(header["seq"], index + 1);
        assert_eq!(header["stream_seq"], index / 3 + 1);
    }
    assert_eq!(fixture.count().await, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_has_a_key_of_its_own() {
    let fixture = Fixture::new().await;
    let own = filed("C-2").replace("{\"type\"", "{\"idempotency_key\":\"own\",\"type\"");
    let events = [filed("C-1"), own.clone(), filed("C-3")];
    let path = "/api/v1/events/batch";
    let first = fixture.send(path, "k", batch(&events)).await;
    assert_eq!(statuses(&first), [201, 201, 201]);
    let again = fixture.send(path, "k", batch(&events)).await;
    for (first, again) in results(&first).iter().zip(results(&again)) {
        assert_eq!((&again["evidence"], &again["replayed"]), (&first["evidence"], &true.into()));
        assert!(first.get("replayed").is_none());
    }
    // Whichever way an event is sent again, it is the same one.
    let alone = fixture.post_under("k/0", filed("C-1")).await;
    assert_eq!((alone.status, alone.json()), (201, results(&first)[0]["evidence"].clone()));
    assert_eq!(fixture.post_under("own", filed("C-2")).await.header("idempotent-replayed"), "true");
    // Twice in one batch is one event; another body under the key is refused.
    let twice = fixture.batch(batch(&[own.clone(), own.clone(), own.replace("1200.50", "1")])).await;
    assert_eq!(statuses(&twice), [201, 201, 422]);
    assert_eq!(fixture.count().await, 3);
    let long = fixture.send(path, &"k".repeat(254), batch(&[filed("C-1"), own])).await;
    assert_eq!(statuses(&long), [400, 201], "the key has no room for the number");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_of_events_is_refused_as_a_whole() {
    let fixture = Fixture::new().await;
    let many = batch(&vec![filed("C-1"); 501]);
    let huge = batch(&vec![filed(&"C".repeat(150)); 35_000]);
    for (body, status, slug) in [
        (batch(&[]), 422, "invalid-request"),
        (format!("[{}]", filed("C-1")), 422, "invalid-request"),
        (format!(r#"{{"events":[{}],"more":1}}"#, filed("C-1")), 422, "invalid-request"),
        (r#"{"events":{}}"#.to_owned(), 422, "invalid-request"),
        (many, 422, "invalid-request"),
        (huge, 413, "payload-too-large"),
        (format!(r#"{{"events":[{}]"#, filed("C-1")), 400, "malformed-json"),
        (format!("\u{feff}{}", batch(&[filed("C-1")])), 400, "malformed-json"),
        (r#"{"events":[1],"events":[2]}"#.to_owned(), 400, "malformed-json"),
    ] {
        assert_eq!(fixture.batch(body).await.problem(), (status, slug.to_owned()));
    }
    assert_eq!(fixture.count().await, 0);
}
