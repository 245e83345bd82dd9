//! What every topic promises.

use std::collections::BTreeSet;
use std::time::Duration;

use cloud::clock::Clock;
use cloud::topic::{Drain, Message, Pace, Relay, Subscription, Topic};
use cloud_tests::emulator::Emulator;
use cloud_tests::receiver::Receiver;
use serde_json::Value;

/// A topic that pushes to a receiver, and keeps dead letters for another one to look at.
struct Setting {
    topic: Topic,
    receiver: Receiver,
    dead: Dead,
}

enum Dead {
    Folder(std::path::PathBuf, Drain),
    Topic(Receiver, Emulator),
}

fn relay(receiver: Receiver) -> Setting {
    let letters: [u8; 8] = cloud::random::Random::system().bytes();
    let letters = std::env::temp_dir().join(format!("proveniq-letters-{}", u64::from_be_bytes(letters)));
    let pace = Pace { attempts: 5, first_pause: Duration::from_millis(1), ..Pace::default() };
    let subscriptions = vec![Subscription::to(receiver.url().parse().unwrap())];
    let (relay, drain) = Relay::start(subscriptions, "token", pace, &letters, &Clock::System);
    Setting { topic: Topic::Relay(relay), receiver, dead: Dead::Folder(letters, drain) }
}

async fn pubsub(receiver: Receiver, test: &str) -> Option<Setting> {
    let emulator = Emulator::start(test).await?;
    let (topic, dead) = (emulator.topic().await, emulator.topic().await);
    let letters = Receiver::answering([]).await;
    emulator.subscribe(&topic, receiver.url(), Some(&dead)).await;
    emulator.subscribe(&dead, letters.url(), None).await;
    Some(Setting { topic: emulator.publisher(topic), receiver, dead: Dead::Topic(letters, emulator) })
}

/// Runs a promise for both.
macro_rules! promises {
    ($($name:ident($answers:expr) = $promise:expr;)*) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn by_the_relay() {
                let receiver = super::Receiver::answering($answers).await;
                $promise(super::relay(receiver)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn by_pub_sub() {
                let receiver = super::Receiver::answering($answers).await;
                let test = concat!(stringify!($name), "::by_pub_sub");
                if let Some(setting) = super::pubsub(receiver, test).await {
                    $promise(setting).await;
                }
            }
        }
    )* };
}

promises! {
    a_message_arrives_with_its_attributes([]) = super::arrives;
    a_refused_message_comes_again_under_the_same_id([503, 500, 429]) = super::comes_again;
    a_nudge_arrives_without_content([]) = super::nudges;
    every_message_arrives([503, 204, 503, 204, 204, 503]) = super::all_arrive;
    a_poison_message_becomes_a_dead_letter_and_blocks_nobody([500; 5]) = super::poison;
}

fn message(text: &str) -> Message {
    Message { data: text.into(), attributes: [("kind".to_owned(), "test".to_owned())].into() }
}

/// Base64 of the digits `0` to `9`, and of two words.
fn data(envelope: &Value) -> &str {
    envelope["message"]["data"].as_str().unwrap_or_default()
}

async fn arrives(setting: Setting) {
    setting.topic.publish(message("hello")).await.unwrap();
    let envelope = setting.receiver.until(1).await.remove(0);
    assert_eq!(data(&envelope), "aGVsbG8=");
    assert_eq!(envelope["message"]["attributes"]["kind"], "test");
    assert!(envelope["message"]["messageId"].is_string() && envelope["message"]["publishTime"].is_string());
    assert!(envelope["subscription"].is_string());
}

async fn comes_again(setting: Setting) {
    setting.topic.publish(message("hello")).await.unwrap();
    let got = setting.receiver.until(4).await;
    assert!(got.iter().all(|envelope| envelope["message"]["messageId"] == got[0]["message"]["messageId"]));
    assert!(got.iter().all(|envelope| data(envelope) == "aGVsbG8="));
}

async fn nudges(setting: Setting) {
    setting.topic.publish(Message::nudge()).await.unwrap();
    let envelope = setting.receiver.until(1).await.remove(0);
    assert_eq!(data(&envelope), "");
}

async fn all_arrive(setting: Setting) {
    let texts: BTreeSet<String> = (0..30).map(|number| format!("message {number:03}")).collect();
    for text in &texts {
        setting.topic.publish(message(text)).await.unwrap();
    }
    let mut count = texts.len();
    loop {
        let got = setting.receiver.until(count).await;
        let arrived: BTreeSet<&str> = got.iter().map(data).collect();
        if arrived.len() == texts.len() {
            return;
        }
        count = got.len() + 1;
    }
}

async fn poison(setting: Setting) {
    setting.topic.publish(message("poison")).await.unwrap();
    setting.receiver.until(5).await;
    setting.topic.publish(message("good")).await.unwrap();
    let got = setting.receiver.until(6).await;
    assert_eq!(data(&got[5]), "Z29vZA==");
    match setting.dead {
        Dead::Topic(letters, _emulator) => assert_eq!(data(&letters.until(1).await[0]), "cG9pc29u"),
        Dead::Folder(letters, drain) => {
            drain.drain(Duration::from_secs(5)).await;
            let letter = std::fs::read_dir(&letters).unwrap().next().unwrap().unwrap();
            let letter: Value = serde_json::from_slice(&std::fs::read(letter.path()).unwrap()).unwrap();
            assert_eq!(data(&letter["envelope"]), "cG9pc29u");
            std::fs::remove_dir_all(letters).unwrap();
        }
    }
}
