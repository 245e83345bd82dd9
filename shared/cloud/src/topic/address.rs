//! Where a topic is.

use std::str::FromStr;

use thiserror::Error;

use super::push_url::PushUrl;
use super::topic_name::TopicName;

/// Where messages of a topic go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicAddress {
    /// A relay of this process with these subscriptions.
    Relay(Vec<PushUrl>),
    /// A topic of Pub/Sub.
    Google(TopicName),
}

/// A text that is not a [`TopicAddress`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "not a topic: projects/<project>/topics/<topic>, or http://<loopback address>:<port>/<path>, several with commas between"
)]
pub struct NotATopicAddress;

impl FromStr for TopicAddress {
    type Err = NotATopicAddress;

    fn from_str(text: &str) -> Result<Self, NotATopicAddress> {
        if let Ok(topic) = text.parse() {
            return Ok(Self::Google(topic));
        }
        let urls: Result<_, _> = text.split(',').map(|url| url.trim().parse()).collect();
        urls.map(Self::Relay).map_err(|_| NotATopicAddress)
    }
}

#[cfg(test)]
mod tests {
    use super::TopicAddress;

    #[test]
    fn a_topic_is_a_list_of_push_urls() {
        let subscriptions = |text: &str| match text.parse() {
            Ok(TopicAddress::Relay(urls)) => urls.len(),
            _ => 0,
        };
        assert_eq!(subscriptions("http://127.0.0.1:1/push/seal"), 1);
        assert_eq!(subscriptions("http://127.0.0.1:1/push/anchor, http://127.0.0.1:1/push/analyze"), 2);
        for text in ["", "seal", "http://127.0.0.1:1/push/seal,", "https://pubsub.googleapis.com/seal"] {
            assert_eq!(subscriptions(text), 0, "{text}");
        }
    }
}
