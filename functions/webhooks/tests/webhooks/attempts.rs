//! Attempts: what is sent, when again, and when no more.

use std::time::Duration;

use serde_json::json;
use webhooks::destination::Policy;
use webhooks::sender::Sender;

use super::fixture::{DELIVERIES, ENDPOINTS, Fixture, router, statuses};
use super::receiver::Receiver;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_a_cloud_event_of_ids_and_urls_alone() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::default();
    fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    let told = receiver.until(1).await.remove(0);
    let event = told.json()["id"].as_str().unwrap().to_owned();
    let text = String::from_utf8(told.body.to_vec()).unwrap();
    let text = text.replace(&event, "[event]").replace(&fixture.org.to_string(), "[organization]");
    let (before, after) = text.split_once(r#""time":""#).unwrap();
    let text = format!("{before}\"time\":\"[time]{}", &after[after.find('"').unwrap()..]);
    insta::assert_snapshot!(text, @r#"{"specversion":"1.0","id":"[event]","source":"https://eu.ledger.example/log/test-1","type":"dev.proveniq.event.published","time":"[time]","datacontenttype":"application/json","data":{"event_id":"[event]","event_type":"claim.filed","organization":"[organization]","seq":1,"url":"https://eu.ledger.example/api/v1/events/[event]","proof_url":"https://eu.ledger.example/api/v1/proofs/[event]"}}"#);
    assert_eq!(told.header("content-type"), "application/cloudevents+json; charset=utf-8");
    for secret in ["a-claim-of-the-test", "hail", "1200.50"] {
        assert!(!String::from_utf8_lossy(&told.body).contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_tried_again_under_the_same_id_with_the_same_body() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::answering(&[500, 429, 200]);
    fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    let log = fixture.settled().await;
    assert_eq!(
        (statuses(&log), &log[0]["attempts"], &log[0]["last_status"]),
        (vec!["delivered"], &json!(3), &json!(200))
    );
    assert_eq!(log[0]["last_error"], json!(null));
    let told = receiver.got();
    assert_eq!(told.len(), 3);
    assert!(
        told.iter().all(|one| one.header("webhook-id") == told[0].header("webhook-id") && one.body == told[0].body)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_takes_it_fails_after_the_last_attempt_and_can_be_told_again() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::answering(&[500, 503, 404, 400]);
    let (endpoint, _) = fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    let log = fixture.settled().await;
    assert_eq!(
        (statuses(&log), &log[0]["attempts"], &log[0]["last_error"]),
        (vec!["failed"], &json!(4), &json!("refused"))
    );
    assert!(log[0]["finished_at"].is_string());
    let replay = format!("{DELIVERIES}/{}/replay", log[0]["id"].as_str().unwrap());
    fixture.hands.advance(1);
    assert_eq!(fixture.post(&replay, &json!({})).await.status, 202);
    let log = fixture.settled().await;
    assert_eq!((statuses(&log), &log[0]["attempts"]), (vec!["delivered"], &json!(1)));
    fixture.hands.advance(1);
    assert_eq!(fixture.post(&replay, &json!({})).await.status, 202, "what was delivered can be told again, too");
    let told = receiver.until(6).await;
    assert!(told.iter().all(|one| one.header("webhook-id") == told[0].header("webhook-id")));
    fixture.settled().await;
    fixture.patch(&format!("{ENDPOINTS}/{endpoint}"), &json!({ "status": "disabled" })).await;
    assert_eq!(fixture.post(&replay, &json!({})).await.problem(), (409, "conflict".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_is_told_no_more() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::answering(&[410]);
    let (endpoint, _) = fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    let log = fixture.settled().await;
    assert_eq!(
        (statuses(&log), &log[0]["attempts"], &log[0]["last_error"]),
        (vec!["failed"], &json!(1), &json!("gone"))
    );
    assert_eq!(fixture.get(&format!("{ENDPOINTS}/{endpoint}")).await.json()["status"], "disabled");
    fixture.publish(1).await;
    fixture.nudge().await;
    assert_eq!(fixture.settled().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_for_a_disabled_endpoint_is_dropped_when_it_is_due() {
    let fixture = Fixture::with_schedule("3600").await;
    let receiver = Receiver::answering(&[500]);
    let (endpoint, _) = fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    receiver.until(1).await;
    let id = attempted_once(&fixture).await;
    fixture.task(&id).await;
    assert_eq!(receiver.got().len(), 1, "a task that comes too early does nothing");
    let replay = format!("{DELIVERIES}/{id}/replay");
    assert_eq!(fixture.post(&replay, &json!({})).await.problem(), (409, "conflict".to_owned()), "it is pending");
    fixture.patch(&format!("{ENDPOINTS}/{endpoint}"), &json!({ "status": "disabled" })).await;
    fixture.hands.advance(2 * 3_600_000);
    fixture.task(&id).await;
    let log = fixture.deliveries().await;
    assert_eq!((statuses(&log), &log[0]["last_error"]), (vec!["dropped"], &json!("endpoint-disabled")));
    assert_eq!(receiver.got().len(), 1);
}

/// The only delivery's id, once its first attempt is recorded.
async fn attempted_once(fixture: &Fixture) -> String {
    loop {
        let log = fixture.deliveries().await;
        if log[0]["last_status"].is_number() {
            return log[0]["id"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let fixture = Fixture::with_schedule("3600").await;
    let inner = Receiver::default();
    let secret_place = inner.listen().await;
    for location in [secret_place.as_str(), "http://169.254.169.254/computeMetadata/v1/", "/elsewhere"] {
        let receiver = Receiver::redirecting(location);
        fixture.endpoint(&receiver.listen().await).await;
    }
    fixture.publish(1).await;
    fixture.nudge().await;
    for _ in 0..500 {
        let log = fixture.deliveries().await;
        if log.iter().all(|delivery| delivery["last_status"] == 302 && delivery["last_error"] == "redirect") {
            assert_eq!((log.len(), inner.got().len()), (3, 0));
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}", fixture.deliveries().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_in_time_or_at_all_is_tried_again() {
    let mut fixture = Fixture::with_schedule("3600").await;
    fixture.state.sender = Sender::new(Policy::PublicAndLoopback).within(Duration::from_millis(300));
    fixture.restart_queue().await;
    let silent = Receiver::held();
    fixture.endpoint(&silent.listen().await).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    fixture.endpoint(&format!("http://{closed}/")).await;
    let babbling = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    fixture.endpoint(&format!("http://{}/", babbling.local_addr().unwrap())).await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = babbling.accept().await {
            stream.writable().await.unwrap();
            stream.try_write(b"I do not speak HTTP\r\n\r\n").unwrap();
        }
    });
    fixture.publish(1).await;
    fixture.nudge().await;
    for _ in 0..500 {
        let log = fixture.deliveries().await;
        let mut errors: Vec<_> = log.iter().filter_map(|delivery| delivery["last_error"].as_str()).collect();
        errors.sort_unstable();
        if errors == ["broken-answer", "no-connection", "timeout"] {
            return assert_eq!(statuses(&log), ["pending"; 3]);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}", fixture.deliveries().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_for_the_same_delivery_send_it_once_at_a_time() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::held();
    fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    receiver.until(1).await;
    let id = fixture.deliveries().await[0]["id"].as_str().unwrap().to_owned();
    let other = router(fixture.state.clone());
    for _ in 0..3 {
        fixture.task(&id).await;
        let order = fixture.order(&id);
        assert_eq!(super::fixture::push(&other, "/push/deliver", super::fixture::TOKEN, &order).await.status, 204);
    }
    receiver.let_through(1);
    assert_eq!(statuses(&fixture.settled().await), ["delivered"]);
    fixture.task(&id).await;
    assert_eq!(receiver.got().len(), 1);
}
