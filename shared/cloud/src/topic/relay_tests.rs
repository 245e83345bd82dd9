#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore};

use super::{Clock, Drain, Message, Pace, PublishError, QUEUE, Relay, Subscription};
use crate::test_folder::TestFolder;
use crate::topic::Topic;

/// A receiver that records what it gets, answers what it is told to, and can be held back.
#[derive(Clone, Default)]
struct Receiver(Arc<Inner>);

#[derive(Default)]
struct Inner {
    got: Mutex<Vec<(Value, String)>>,
    /// Statuses to answer, from the last; 204 when there are none.
    answers: Mutex<Vec<u16>>,
    arrived: Notify,
    gate: Option<Semaphore>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let token = headers["authorization"].to_str().unwrap().to_owned();
    receiver.0.got.lock().unwrap().push((serde_json::from_str(&body).unwrap(), token));
    receiver.0.arrived.notify_one();
    if let Some(gate) = &receiver.0.gate {
        gate.acquire().await.unwrap().forget();
    }
    StatusCode::from_u16(receiver.0.answers.lock().unwrap().pop().unwrap_or(204)).unwrap()
}

impl Receiver {
    fn answering(answers: &[u16]) -> Self {
        let answers = Mutex::new(answers.iter().rev().copied().collect());
        Self(Arc::new(Inner { answers, ..Inner::default() }))
    }

    /// One that answers nothing until let through.
    fn held() -> Self {
        Self(Arc::new(Inner { gate: Some(Semaphore::new(0)), ..Inner::default() }))
    }

    fn let_through(&self, requests: usize) {
        self.0.gate.as_ref().unwrap().add_permits(requests);
    }

    async fn until(&self, count: usize) -> Vec<Value> {
        while self.0.got.lock().unwrap().len() < count {
            self.0.arrived.notified().await;
        }
        self.0.got.lock().unwrap().iter().map(|(body, _)| body.clone()).collect()
    }

    async fn start(&self, dead_letters: &Path) -> (Topic, Drain) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push/seal", listener.local_addr().unwrap());
        let router = Router::new().route("/push/seal", post(receive)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let subscription = Subscription { name: "seal".to_owned(), url: url.parse().unwrap() };
        let pace = Pace { attempts: 3, first_pause: Duration::from_millis(1), ..Pace::default() };
        let (relay, drain) = Relay::start(vec![subscription], "secret", pace, dead_letters, &Clock::System);
        (Topic::Relay(relay), drain)
    }
}

fn message(text: &str) -> Message {
    Message { data: text.into(), attributes: [("kind".to_owned(), "test".to_owned())].into() }
}

fn dead_letters(folder: &Path) -> Vec<Value> {
    let files = std::fs::read_dir(folder).into_iter().flatten();
    files.map(|file| serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn a_message_arrives_in_the_envelope_of_pub_sub_with_the_token() {
    let (folder, receiver) = (TestFolder::new(), Receiver::default());
    let (topic, _drain) = receiver.start(&folder).await;
    topic.publish(message("hello")).await.unwrap();
    let envelope = receiver.until(1).await.remove(0);
    assert_eq!(envelope["message"]["data"], "aGVsbG8=");
    assert_eq!(envelope["message"]["attributes"]["kind"], "test");
    assert!(envelope["message"]["messageId"].is_string() && envelope["message"]["publishTime"].is_string());
    assert_eq!((&envelope["subscription"], &envelope["deliveryAttempt"]), (&"seal".into(), &1.into()));
    assert_eq!(receiver.0.got.lock().unwrap()[0].1, "Bearer secret");
}

#[tokio::test]
async fn a_refused_message_is_tried_again_under_the_same_id() {
    let (folder, receiver) = (TestFolder::new(), Receiver::answering(&[503, 429, 204]));
    let (topic, drain) = receiver.start(&folder).await;
    topic.publish(message("hello")).await.unwrap();
    let got = receiver.until(3).await;
    let attempts: Vec<_> = got.iter().map(|envelope| envelope["deliveryAttempt"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert!(got.iter().all(|envelope| envelope["message"] == got[0]["message"]));
    drain.drain(Duration::from_secs(5)).await;
    assert!(dead_letters(&folder).is_empty());
}

#[tokio::test]
async fn a_message_that_nobody_takes_becomes_a_dead_letter_and_does_not_block_the_next() {
    let (folder, receiver) = (TestFolder::new(), Receiver::answering(&[500, 500, 500]));
    let (topic, drain) = receiver.start(&folder).await;
    topic.publish(message("poison")).await.unwrap();
    topic.publish(message("good")).await.unwrap();
    let got = receiver.until(4).await;
    assert_eq!(got[3]["message"]["data"], "Z29vZA==");
    drain.drain(Duration::from_secs(5)).await;
    let letters = dead_letters(&folder);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0]["reason"], "answered 500");
    assert_eq!(letters[0]["envelope"]["message"]["data"], "cG9pc29u");
}

#[tokio::test]
async fn nudges_that_wait_are_one_and_are_never_kept() {
    let (folder, receiver) = (TestFolder::new(), Receiver::held());
    let (topic, drain) = receiver.start(&folder).await;
    topic.publish(Message::nudge()).await.unwrap();
    receiver.until(1).await;
    for _ in 0..2 * QUEUE {
        topic.publish(Message::nudge()).await.unwrap();
    }
    receiver.let_through(2);
    receiver.until(2).await;
    topic.publish(message("after")).await.unwrap();
    receiver.let_through(1);
    let got = receiver.until(3).await;
    assert!(got[1]["message"].get("data").is_none(), "a nudge has no content");
    assert_eq!(got[2]["message"]["data"], "YWZ0ZXI=", "the nudges between were one");
    drain.drain(Duration::from_secs(5)).await;
    assert!(dead_letters(&folder).is_empty());
}

#[tokio::test]
async fn a_nudge_sent_within_a_trace_is_a_nudge_and_carries_the_latest() {
    let (folder, receiver) = (TestFolder::new(), Receiver::held());
    let (topic, drain) = receiver.start(&folder).await;
    topic.publish(Message::nudge().traced("first")).await.unwrap();
    receiver.until(1).await;
    for number in 0..2 * QUEUE {
        topic.publish(Message::nudge().traced(number.to_string())).await.unwrap();
    }
    receiver.let_through(2);
    let got = receiver.until(2).await;
    let latest = (2 * QUEUE - 1).to_string();
    let traces = got.iter().map(|envelope| envelope["message"]["attributes"].clone());
    assert!(traces.eq([serde_json::json!({"traceparent": "first"}), serde_json::json!({"traceparent": latest})]));
    topic.publish(Message::nudge().traced("nobody takes it")).await.unwrap();
    receiver.until(3).await;
    drain.drain(Duration::ZERO).await;
    assert!(dead_letters(&folder).is_empty(), "a nudge is never kept");
}

#[tokio::test]
async fn publishing_never_waits_and_says_when_the_queue_is_full() {
    let (folder, receiver) = (TestFolder::new(), Receiver::held());
    let (topic, _drain) = receiver.start(&folder).await;
    topic.publish(message("taken")).await.unwrap();
    receiver.until(1).await;
    for _ in 0..QUEUE {
        topic.publish(message("waits")).await.unwrap();
    }
    assert_eq!(topic.publish(message("too many")).await, Err(PublishError::Full));
    assert_eq!(topic.publish(Message::nudge()).await, Ok(()));
}

#[tokio::test]
async fn draining_delivers_what_waits_and_keeps_what_it_cannot_deliver() {
    let (folder, receiver) = (TestFolder::new(), Receiver::default());
    let (topic, drain) = receiver.start(&folder).await;
    for text in ["1", "2", "3"] {
        topic.publish(message(text)).await.unwrap();
    }
    drain.drain(Duration::from_secs(5)).await;
    assert_eq!(receiver.until(3).await.len(), 3);
    assert_eq!(topic.publish(message("late")).await, Err(PublishError::Closing));

    let (folder, receiver) = (TestFolder::new(), Receiver::held());
    let (topic, drain) = receiver.start(&folder).await;
    topic.publish(message("1")).await.unwrap();
    topic.publish(message("2")).await.unwrap();
    receiver.until(1).await;
    drain.drain(Duration::ZERO).await;
    let reasons: Vec<_> = dead_letters(&folder).iter().map(|letter| letter["reason"].clone()).collect();
    assert_eq!(reasons, ["shutting down", "shutting down"]);
}
