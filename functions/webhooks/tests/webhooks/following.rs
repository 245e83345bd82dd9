//! From the log to deliveries: each event once for each endpoint that asked for it.

use serde_json::json;
use test_support::http::post;
use truth_kernel::classification::Mode;

use super::fixture::{ENDPOINTS, Fixture, SCOPES, router, statuses};
use super::receiver::Receiver;

#[tokio::test(flavor = "multi_thread")]
async fn a_published_event_is_told_to_its_organizations_endpoint() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::default();
    let (endpoint, _) = fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    let told = receiver.until(1).await.remove(0);
    let log = fixture.settled().await;
    assert_eq!(statuses(&log), ["delivered"]);
    let delivery = &log[0];
    assert_eq!((&delivery["endpoint"], &delivery["last_status"]), (&json!(endpoint), &json!(204)));
    assert_eq!(told.header("webhook-id"), delivery["id"].as_str().unwrap());
    assert_eq!(told.json()["id"], delivery["event_id"]);
    assert_eq!((&delivery["attempts"], &delivery["next_attempt_at"]), (&json!(1), &json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_nudges_makes_one_delivery_for_each_event_and_endpoint() {
    let fixture = Fixture::new().await;
    let (one, other) = (Receiver::default(), Receiver::default());
    fixture.endpoint(&one.listen().await).await;
    fixture.endpoint(&other.listen().await).await;
    for _ in 0..3 {
        fixture.publish(20).await;
        let nudges = (fixture.nudge(), fixture.nudge(), fixture.nudge(), fixture.nudge());
        tokio::join!(nudges.0, nudges.1, nudges.2, nudges.3);
    }
    fixture.nudge().await;
    assert_eq!(fixture.settled().await.len(), 120);
    for receiver in [&one, &other] {
        let mut ids: Vec<_> = receiver.got().iter().map(|told| told.json()["id"].to_string()).collect();
        assert_eq!(ids.len(), 60, "each event was sent once");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 60);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_ask_is_not_told() {
    let fixture = Fixture::new().await;
    let (asked, silent) = (Receiver::default(), Receiver::default());
    let (yes, no) = (asked.listen().await, silent.listen().await);
    fixture.endpoint_with(&json!({ "url": yes, "event_types": ["claim.filed", "payment.made"] })).await;
    fixture.endpoint_with(&json!({ "url": no, "event_types": ["payment.made"] })).await;
    let (disabled, _) = fixture.endpoint(&no).await;
    fixture.patch(&format!("{ENDPOINTS}/{disabled}"), &json!({ "status": "disabled" })).await;
    let live = fixture.region.api_key(fixture.org, Mode::Live, &SCOPES).await;
    assert_eq!(post(&fixture.router, &live, ENDPOINTS, json!({ "url": no }).to_string()).await.status, 201);
    let other = fixture.region.organization().await;
    let stranger = fixture.region.api_key(other, Mode::Test, &SCOPES).await;
    assert_eq!(post(&fixture.router, &stranger, ENDPOINTS, json!({ "url": no }).to_string()).await.status, 201);
    fixture.publish(2).await;
    fixture.nudge().await;
    assert_eq!(statuses(&fixture.settled().await), ["delivered", "delivered"]);
    assert_eq!((asked.got().len(), silent.got().len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_published_is_not_told_and_what_was_before_the_endpoint_neither() {
    let fixture = Fixture::new().await;
    fixture.publish(3).await;
    fixture.nudge().await;
    let receiver = Receiver::default();
    fixture.endpoint(&receiver.listen().await).await;
    let appender = fixture.region.appender();
    appender.append(test_support::draft::claim_filed(fixture.org, 1, None)).await.unwrap();
    fixture.nudge().await;
    assert!(fixture.deliveries().await.is_empty());
    fixture.region.seal(Mode::Test).await;
    fixture.nudge().await;
    assert_eq!(statuses(&fixture.settled().await), ["delivered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_is_followed_in_ranges_and_others_events_are_passed_over() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::default();
    fixture.endpoint(&receiver.listen().await).await;
    let other = fixture.region.organization().await;
    fixture.publish_of(other, 600).await;
    fixture.publish(2).await;
    let second = router(fixture.state.clone());
    let nudge = r#"{"message":{"messageId":"2"}}"#;
    let ((), answer) =
        tokio::join!(fixture.nudge(), super::fixture::push(&second, "/push/notify", super::fixture::TOKEN, nudge));
    assert_eq!(answer.status, 204);
    fixture.nudge().await;
    assert_eq!(statuses(&fixture.settled().await), ["delivered", "delivered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_endpoint_is_forgotten_with_its_log() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::default();
    let (endpoint, _) = fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    fixture.settled().await;
    assert_eq!(fixture.delete(&format!("{ENDPOINTS}/{endpoint}")).await.status, 204);
    assert!(fixture.deliveries().await.is_empty());
    fixture.publish(1).await;
    fixture.nudge().await;
    assert!(fixture.deliveries().await.is_empty());
    assert_eq!(receiver.got().len(), 1);
}
