//! Messages between functions.

mod address;
#[cfg(feature = "pubsub")]
mod coalesce;
mod dead_letters;
pub(crate) mod delivery;
pub(crate) mod envelope;
#[cfg(feature = "pubsub")]
mod google;
mod push_url;
mod relay;
mod topic_name;

use std::collections::BTreeMap;
#[cfg(feature = "faults")]
use std::pin::Pin;

use thiserror::Error;

#[cfg(feature = "faults")]
use crate::fault::{Faults, Injected};
#[cfg(feature = "pubsub")]
use crate::google::erased;

pub use self::address::{NotATopicAddress, TopicAddress};
#[cfg(feature = "pubsub")]
pub use self::google::GoogleTopic;
pub use self::push_url::{NotAPushUrl, PushUrl};
pub use self::relay::{Drain, Pace, Relay, Subscription};
pub use self::topic_name::{NotATopicName, TopicName};

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

    /// The message as sent within a trace: `traceparent` (W3C Trace Context) is an attribute. A nudge remains one.
    #[must_use]
    pub fn traced(mut self, traceparent: impl Into<String>) -> Self {
        self.attributes.insert(TRACEPARENT.to_owned(), traceparent.into());
        self
    }

    fn is_nudge(&self) -> bool {
        self.data.is_empty() && say_nothing(&self.attributes)
    }
}

/// The attribute that names the trace in which a message was sent.
pub const TRACEPARENT: &str = "traceparent";

/// Whether attributes are about the sending only, and nothing to the receiver.
fn say_nothing(attributes: &BTreeMap<String, String>) -> bool {
    attributes.keys().all(|name| name == TRACEPARENT)
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
    /// The message service did not answer well, or not in time: it may have the message.
    #[error("the message service is not available")]
    Unavailable,
}

#[cfg(feature = "faults")]
impl From<Injected> for PublishError {
    fn from(_: Injected) -> Self {
        Self::Unavailable
    }
}

/// A topic: every subscription gets every message at least once, in no promised order.
#[derive(Clone, Debug)]
pub enum Topic {
    /// Delivered by this process, from memory: what is waiting when it is killed is lost.
    Relay(Relay),
    /// Kept and delivered by Pub/Sub.
    #[cfg(feature = "pubsub")]
    Google(GoogleTopic),
    /// Any of them, with faults on purpose.
    #[cfg(feature = "faults")]
    Faulty(Box<Self>, Faults),
}

impl Topic {
    /// Hands a message over. It returns when the message is taken, before it is delivered.
    #[cfg_attr(
        not(any(feature = "faults", feature = "pubsub")),
        expect(clippy::unused_async, reason = "Pub/Sub is behind a network")
    )]
    pub async fn publish(&self, message: Message) -> Result<(), PublishError> {
        match self {
            Self::Relay(relay) => relay.publish(&message),
            #[cfg(feature = "pubsub")]
            Self::Google(topic) => erased(topic.publish(message)).await,
            #[cfg(feature = "faults")]
            Self::Faulty(topic, faults) => faults.around(topic.publish_inner(message)).await,
        }
    }

    /// The same under a type that does not hold itself.
    #[cfg(feature = "faults")]
    fn publish_inner(&self, message: Message) -> Pin<Box<dyn Future<Output = Result<(), PublishError>> + Send + '_>> {
        Box::pin(self.publish(message))
    }
}
