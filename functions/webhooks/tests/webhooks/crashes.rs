//! Between any two steps the process may end: nothing is lost, and what may have been sent is sent again under the same id.

use std::time::Duration;

use cloud::task_queue::{Local, TaskQueue};
use cloud::topic::Pace;
use serde_json::json;
use store::webhook::{DeliveryStatus, Outcome};
use truth_kernel::time::Timestamp;

use super::fixture::{Fixture, TOKEN, push, router, statuses};
use super::receiver::Receiver;

const MINUTE: i64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_could_not_be_queued_is_found_by_a_later_nudge() {
    let mut fixture = Fixture::new().await;
    let receiver = Receiver::default();
    fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(2).await;
    fixture.end_queue().await;
    fixture.nudge().await;
    assert_eq!(statuses(&fixture.deliveries().await), ["pending", "pending"]);
    fixture.restart_queue().await;
    fixture.nudge().await;
    assert_eq!(receiver.got().len(), 0, "it is not forgotten yet: its task may be on its way");
    fixture.hands.advance(2 * MINUTE);
    fixture.nudge().await;
    fixture.nudge().await;
    assert_eq!(statuses(&fixture.settled().await), ["delivered", "delivered"]);
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_waits_for_hours_and_is_lost_is_found_when_it_is_due() {
    let mut fixture = Fixture::with_schedule("3600").await;
    let receiver = Receiver::answering(&[500]);
    fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    receiver.until(1).await;
    while fixture.deliveries().await[0]["last_status"].is_null() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    fixture.end_queue().await;
    fixture.restart_queue().await;
    fixture.hands.advance(50 * MINUTE);
    fixture.nudge().await;
    assert_eq!(receiver.got().len(), 1, "it is not due");
    fixture.hands.advance(30 * MINUTE);
    fixture.nudge().await;
    assert_eq!(statuses(&fixture.settled().await), ["delivered"]);
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_sending_and_recording_sends_the_same_id_again() {
    let mut fixture = Fixture::new().await;
    let receiver = Receiver::held();
    fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.end_queue().await;
    fixture.nudge().await;
    let id = fixture.deliveries().await[0]["id"].as_str().unwrap().to_owned();
    let (dying, order) = (router(fixture.state.clone()), fixture.order(&id));
    let attempt = tokio::spawn(async move { push(&dying, "/push/deliver", TOKEN, &order).await });
    receiver.until(1).await;
    attempt.abort();
    assert!(attempt.await.unwrap_err().is_cancelled(), "the receiver has it, and nobody recorded that");

    receiver.let_through(2);
    fixture.task(&id).await;
    assert_eq!(receiver.got().len(), 1, "as long as the lease lasts nobody else sends");
    fixture.restart_queue().await;
    fixture.hands.advance(3 * MINUTE);
    fixture.nudge().await;
    let log = fixture.settled().await;
    assert_eq!((statuses(&log), &log[0]["attempts"]), (vec!["delivered"], &json!(2)));
    let told = receiver.got();
    assert_eq!((told[0].header("webhook-id"), told[1].header("webhook-id")), (id.clone(), id));
    assert_eq!(told[0].body, told[1].body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_outlived_its_lease_records_nothing() {
    let mut fixture = Fixture::new().await;
    let receiver = Receiver::default();
    fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.end_queue().await;
    fixture.nudge().await;
    let id = fixture.deliveries().await[0]["id"].as_str().unwrap().parse().unwrap();
    let now = fixture.state.clock.now();
    let at = |minutes: i64| Timestamp::from_millis(now.millis() + minutes * MINUTE);
    let claim = async |now, lease| {
        let mut tx = fixture.state.store.begin(fixture.org).await.unwrap();
        let claimed = tx.claim_delivery(id, now, now, lease).await.unwrap();
        tx.commit().await.unwrap();
        claimed
    };
    let slow = claim(now, at(1)).await.unwrap();
    assert!(claim(now, at(1)).await.is_none(), "it is leased");
    let quick = claim(at(2), at(3)).await.unwrap();
    let delivered =
        Outcome { answer: Some(200), error: None, status: DeliveryStatus::Delivered, next_attempt: None, gone: false };
    let failed = Outcome { status: DeliveryStatus::Failed, answer: Some(500), ..delivered.clone() };
    let mut recorded = Vec::new();
    for (claimed, outcome) in [(&slow, &failed), (&quick, &delivered), (&quick, &failed)] {
        let mut tx = fixture.state.store.begin(fixture.org).await.unwrap();
        recorded.push(tx.record_attempt(claimed, outcome, at(3)).await.unwrap());
        tx.commit().await.unwrap();
    }
    assert_eq!(recorded, [false, true, false]);
    assert_eq!(statuses(&fixture.deliveries().await), ["delivered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_loses_every_task_loses_no_delivery() {
    let mut fixture = Fixture::new().await;
    let receiver = Receiver::answering(&[500]);
    fixture.endpoint(&receiver.listen().await).await;
    // Taken and never made: nobody listens there, and the queue gives up at once.
    let nowhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let pace = Pace { attempts: 1, ..Pace::default() };
    let url = format!("http://{nowhere}/push/deliver").parse().unwrap();
    let (queue, _drain) = Local::start(url, TOKEN, pace, &fixture.state.clock);
    fixture.state.queue = TaskQueue::Local(queue);
    fixture.router = router(fixture.state.clone());
    fixture.publish(3).await;
    fixture.nudge().await;
    fixture.restart_queue().await;
    fixture.hands.advance(11 * MINUTE);
    fixture.nudge().await;
    assert_eq!(statuses(&fixture.settled().await), ["delivered"; 3]);
    assert_eq!(receiver.got().len(), 4);
}
