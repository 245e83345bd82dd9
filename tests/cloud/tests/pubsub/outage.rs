//! Pub/Sub away: whoever publishes is told in time, and goes on when it is back.

use cloud::google::Access;
use cloud::google::endpoints::Endpoint;
use cloud::topic::{GoogleTopic, Message, PublishError, Topic};
use cloud_tests::emulator::Emulator;
use cloud_tests::receiver::Receiver;

fn nowhere() -> Topic {
    let endpoint = Endpoint::Given("http://127.0.0.1:9".parse().unwrap());
    Topic::Google(GoogleTopic::new("projects/claims-eu/topics/seal".parse().unwrap(), Access::to(endpoint)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_unavailable_and_no_hang() {
    let topic = nowhere();
    assert_eq!(topic.publish(Message::nudge()).await, Err(PublishError::Unavailable));
    let message = Message { data: b"x".to_vec(), ..Message::default() };
    assert_eq!(topic.publish(message).await, Err(PublishError::Unavailable));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_does_not_exist_is_unavailable() {
    let Some(emulator) = Emulator::start("a_topic_that_does_not_exist_is_unavailable").await else { return };
    let topic = emulator.publisher("projects/claims-eu/topics/nobody-made-it".parse().unwrap());
    assert_eq!(topic.publish(Message::nudge()).await, Err(PublishError::Unavailable));
}

/// What many requests at once ask for is sent a few times.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_nudges_at_once_are_a_few_messages() {
    let Some(emulator) = Emulator::start("a_hundred_nudges_at_once_are_a_few_messages").await else { return };
    let (name, receiver) = (emulator.topic().await, Receiver::answering([]).await);
    emulator.subscribe(&name, receiver.url(), None).await;
    let topic = emulator.publisher(name);
    let nudging: tokio::task::JoinSet<_> = (0..100)
        .map(|_| {
            let topic = topic.clone();
            async move { topic.publish(Message::nudge()).await }
        })
        .collect();
    assert!(nudging.join_all().await.into_iter().all(|sent| sent.is_ok()));
    let last = Message { data: b"last".to_vec(), ..Message::default() };
    topic.publish(last).await.unwrap();
    let mut count = 1;
    let got = loop {
        let got = receiver.until(count).await;
        if got.iter().any(|envelope| envelope["message"]["data"] == "bGFzdA==") {
            break got;
        }
        count = got.len() + 1;
    };
    assert!(got.len() < 50, "{} messages", got.len());
}
