//! The topics that a function publishes to.

use std::path::PathBuf;

use cloud::clock::Clock;
use cloud::topic::{Pace, PushUrl, Relay, Subscription, Topic, TopicAddress};

use super::Start;
use crate::config::Secret;

impl Start {
    /// `SEAL_TOPIC`: where the proof batcher is told that there is something to seal.
    pub fn seal_topic(&mut self) -> Option<Topic> {
        let address = self.environment.required::<TopicAddress>("SEAL_TOPIC");
        self.topic("SEAL_TOPIC", address?)
    }

    /// `PUBLISHED_TOPIC`: where those who follow the log are told that a checkpoint was published; nobody follows if it is not set. None
    /// only after a mistake.
    pub fn published_topic(&mut self) -> Option<Option<Topic>> {
        match self.environment.optional::<TopicAddress>("PUBLISHED_TOPIC") {
            Some(address) => self.topic("PUBLISHED_TOPIC", address).map(Some),
            None => Some(None),
        }
    }

    fn topic(&mut self, variable: &str, address: TopicAddress) -> Option<Topic> {
        match address {
            TopicAddress::Relay(urls) => self.relay(urls),
            TopicAddress::Google(topic) => self.pubsub_topic(variable, topic),
        }
    }

    /// What a relay needs beside its subscriptions: the token of `PUSH_TOKEN_FILE`, and `DEAD_LETTERS`, the folder of what nobody took.
    fn relay(&mut self, urls: Vec<PushUrl>) -> Option<Topic> {
        let token = self.environment.required::<PathBuf>("PUSH_TOKEN_FILE");
        let dead_letters = self.environment.required::<PathBuf>("DEAD_LETTERS");
        let token = self
            .environment
            .take(Secret::from_file(&token?).map_err(|error| format!("PUSH_TOKEN_FILE: {error}").into()))?;
        let subscriptions = urls.into_iter().map(Subscription::to).collect();
        let (relay, drain) =
            Relay::start(subscriptions, token.reveal(), Pace::default(), &dead_letters?, &Clock::System);
        self.drains.push(drain);
        Some(Topic::Relay(relay))
    }
}
