//! Messages between functions.

mod address;
mod dead_letters;
mod delivery;
mod envelope;
mod push_url;
mod relay;

use std::collections::BTreeMap;

use thiserror::Error;

pub use self::address::{NotATopicAddress, TopicAddress};
pub use self::push_url::{NotAPushUrl, PushUrl};
pub use self::relay::{Drain, Pace, Relay, Subscription};

/// What is sent: bytes that the receiver understands, and attributes. Neither ever holds personal
/// data; receivers read what they need from their own database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The content, empty for a nudge.
    pub data: Vec<u8>,
    /// Names and values beside the content.
    pub attributes: BTreeMap<String, String>,
}

impl Message {
    /// A message without content: "look for work". Nudges that wait for the same subscription are
    /// one, and losing one costs latency only, because receivers also look by themselves.
    pub fn nudge() -> Self {
        Self::default()
    }

    fn is_nudge(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PublishError {
    /// A subscription has too many messages waiting. Never the answer to a nudge.
    #[error("too many messages are waiting")]
    Full,
    /// The process is shutting down.
    #[error("the topic is closing")]
    Closing,
}

/// A topic: every subscription gets every message at least once, in no promised order.
#[derive(Clone, Debug)]
pub enum Topic {
    /// Delivered by this process, from memory: what is waiting when it is killed is lost.
    Relay(Relay),
}

impl Topic {
    /// Hands a message over. It returns at once when the message is taken, before it is delivered.
    #[expect(clippy::unused_async, reason = "the contract covers message services behind a network")]
    pub async fn publish(&self, message: Message) -> Result<(), PublishError> {
        match self {
            Self::Relay(relay) => relay.publish(&message),
        }
    }
}
