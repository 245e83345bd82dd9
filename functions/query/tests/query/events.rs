//! Events, one by one and in pages.

use serde_json::{Value, json};
use test_support::draft::claim_filed;
use test_support::http::get;
use truth_kernel::body::Body;
use truth_kernel::canonical::{MAX_DEPTH, parse};
use truth_kernel::classification::{Level, Mode, Tag};
use truth_kernel::hash::sha256;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_shows_header_and_body_as_they_were_appended() {
    let fixture = Fixture::new().await;
    let payload = r#"{"amount":"1200.50","big":1e+21,"list":[0.1,1,-7],"note":"hé\u0001 — \"x\""}"#;
    let body = Body {
        claim_id: Some("C/1 ü".parse().unwrap()),
        occurred_at: Some("2026-11-20T21:44:05.123Z".parse().unwrap()),
        payload: parse(payload.as_bytes(), MAX_DEPTH).unwrap(),
        subject_id: Some("S-1".parse().unwrap()),
        tags: [Tag::Claim, Tag::Pii].into_iter().collect(),
    };
    let event = fixture.append_draft(claim_filed(fixture.org, 1, None).with_body(&body)).await;
    let answer = fixture.get(&format!("/api/v1/events/{}", event.header.id)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains(&format!("\"payload\":{payload},")), "{}", answer.text());
    let mut shown = answer.json();
    assert_eq!(shown["payload_sha256"], sha256(&[payload.as_bytes()]).to_string());
    for volatile in ["payload", "payload_sha256"] {
        shown.as_object_mut().unwrap().remove(volatile);
    }
    let expected = json!({
        "id": event.header.id, "seq": 1, "type": "claim.filed", "classification": "transactional",
        "time": event.header.time, "claim_id": "C/1 ü", "subject_id": "S-1", "tags": ["claim", "pii"],
        "occurred_at": "2026-11-20T21:44:05.123Z", "hash": event.hash, "header": event.header_text, "erased": false,
    });
    assert_eq!(shown, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_event_shows_its_header_alone() {
    let fixture = Fixture::new().await;
    let event = fixture.append(Some("C-1")).await;
    assert_eq!(fixture.region.tamper("DELETE FROM event_payloads").await, 1);
    let shown = fixture.json(&format!("/api/v1/events/{}", event.header.id)).await;
    assert_eq!((&shown["erased"], &shown["header"]), (&json!(true), &json!(event.header_text)));
    for gone in ["claim_id", "subject_id", "tags", "payload", "payload_sha256", "occurred_at"] {
        assert!(shown.get(gone).is_none(), "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_changed_behind_the_ledger_is_not_shown() {
    let fixture = Fixture::new().await;
    let event = fixture.append(Some("C-1")).await;
    let change = "UPDATE ledger_events SET header = replace(header, 'claim.filed', 'claim.found')";
    assert_eq!(fixture.region.tamper(change).await, 1);
    for path in [format!("/api/v1/events/{}", event.header.id), "/api/v1/events".into()] {
        assert_eq!(fixture.get(&path).await.problem(), (500, "internal".to_owned()));
    }
}

/// All pages, by sequence number; the cursor goes into each next request.
async fn listed(fixture: &Fixture, query: &str) -> Vec<u64> {
    let (mut seqs, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = fixture.json(&format!("/api/v1/events?{query}{cursor}")).await;
        let events = page["events"].as_array().unwrap();
        seqs.extend(events.iter().map(|event| event["seq"].as_u64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seqs,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_newest_first_under_every_filter() {
    let fixture = Fixture::new().await;
    let mut times = Vec::new();
    for number in 0..7 {
        let mut draft = claim_filed(fixture.org, 1, (number % 2 == 0).then_some("C-1"));
        if number == 3 {
            draft.event_type = "payment.made".parse().unwrap();
            draft.level = Level::Content;
        }
        times.push(fixture.append_draft(draft).await.header.time.millis());
    }
    assert_eq!(listed(&fixture, "limit=3").await, [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(listed(&fixture, "limit=3&type=claim.filed").await, [7, 6, 5, 3, 2, 1]);
    assert_eq!(listed(&fixture, "classification=content").await, [4]);
    assert_eq!(listed(&fixture, "limit=1&claim_id=C-1").await, [7, 5, 3, 1]);
    assert_eq!(listed(&fixture, "claim_id=C-2").await, [0; 0]);
    assert_eq!(listed(&fixture, "type=claim.closed").await, [0; 0]);
    assert_eq!(listed(&fixture, "from=2000-01-01T00:00:00%2B01:00&to=2001-01-01T00:00:00Z").await, [0; 0]);
    assert_eq!(listed(&fixture, "from=2000-01-01T00:00:00%2B01:00").await.len(), 7);
    let since = truth_kernel::time::Timestamp::from_millis(times[2]);
    let kept = times.iter().filter(|time| **time >= times[2]).count();
    assert_eq!(listed(&fixture, &format!("limit=2&from={since}")).await.len(), kept);
    assert_eq!(listed(&fixture, &format!("limit=2&to={since}")).await.len(), 7 - kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_belongs_to_one_list_of_one_caller() {
    let fixture = Fixture::new().await;
    for _ in 0..3 {
        fixture.append(Some("C-1")).await;
    }
    let page = fixture.json("/api/v1/events?limit=1&type=claim.filed").await;
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    let bad = (400, "invalid-cursor".to_owned());
    for other in
        ["", "&type=payment.made", "&type=claim.filed&claim_id=C-1", "&type=claim.filed&to=2100-01-01T00:00:00Z"]
    {
        assert_eq!(fixture.refusal(&format!("/api/v1/events?cursor={cursor}{other}")).await, bad, "{other}");
    }
    for broken in ["", "x", "%00", &cursor[1..], &format!("{cursor}A")] {
        assert_eq!(fixture.refusal(&format!("/api/v1/events?type=claim.filed&cursor={broken}")).await, bad, "{broken}");
    }
    let path = format!("/api/v1/events?type=claim.filed&cursor={cursor}");
    assert_eq!(get(&fixture.router, &fixture.stranger().await, &path).await.problem(), bad);
    let live = fixture.region.api_key(fixture.org, Mode::Live, &["events:read"]).await;
    assert_eq!(get(&fixture.router, &live, &path).await.problem(), bad);
    assert_eq!(fixture.json(&path).await["events"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_another_organizations_or_modes_is_not_there() {
    let fixture = Fixture::new().await;
    let event = fixture.append(Some("C-1")).await;
    let stranger = fixture.stranger().await;
    let live = fixture.region.api_key(fixture.org, Mode::Live, &["events:read"]).await;
    for key in [&stranger, &live] {
        let path = format!("/api/v1/events/{}", event.header.id);
        assert_eq!(get(&fixture.router, key, &path).await.problem(), (404, "not-found".into()));
        let history = get(&fixture.router, key, "/api/v1/claims/C-1/history").await;
        assert_eq!(history.problem(), (404, "not-found".into()));
        for path in ["/api/v1/events", "/api/v1/events?claim_id=C-1"] {
            let page: Value = get(&fixture.router, key, path).await.json();
            assert_eq!(page, json!({"events": [], "next_cursor": null}), "{path}");
        }
    }
}
