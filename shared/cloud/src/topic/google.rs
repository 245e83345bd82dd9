//! A topic of Google Cloud Pub/Sub.

use std::sync::Arc;
use std::time::Duration;

use google_cloud_gax::retry_policy::{AlwaysRetry, RetryPolicyExt};
use google_cloud_pubsub::client::Publisher;
use google_cloud_pubsub::model;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::coalesce::Coalesced;
use super::{Message, PublishError, TopicName};
use crate::google::Access;

/// The longest that a publish may take, with its attempts and, the first time, with finding the credentials.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same of a nudge, for which a request waits, and without which it does as well.
const PATIENCE_WITH_NUDGES: Duration = Duration::from_secs(1);
/// Attempts within it.
const ATTEMPTS: u32 = 4;

/// A publisher to one topic. It connects with its first message; clones share the connection.
#[derive(Clone, Debug)]
pub struct GoogleTopic(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    topic: TopicName,
    access: Access,
    publisher: OnceCell<Publisher>,
    nudges: Coalesced,
}

impl GoogleTopic {
    /// The topic as reached this way.
    pub fn new(topic: TopicName, access: Access) -> Self {
        Self(Arc::new(Parts { topic, access, publisher: OnceCell::new(), nudges: Coalesced::default() }))
    }

    /// Returns when the service has the message, or cannot be told whether it has.
    pub(super) async fn publish(&self, message: Message) -> Result<(), PublishError> {
        if message.is_nudge() {
            // Pub/Sub takes no message that has neither content nor attributes.
            let attributes = message.attributes.into_iter().chain([("nudge".to_owned(), "1".to_owned())]);
            let nudge = model::Message::new().set_attributes(attributes);
            return self.0.nudges.send(|| self.send(nudge, PATIENCE_WITH_NUDGES)).await;
        }
        let message = model::Message::new().set_data(message.data).set_attributes(message.attributes);
        self.send(message, PATIENCE).await
    }

    async fn send(&self, message: model::Message, patience: Duration) -> Result<(), PublishError> {
        let sending = async {
            let publisher = self.0.publisher.get_or_try_init(|| self.connect()).await?;
            publisher.publish(message).await.map_err(|error| unavailable(&error))
        };
        timeout(patience, sending).await.unwrap_or_else(|late| Err(unavailable(&late))).map(|_id| ())
    }

    async fn connect(&self) -> Result<Publisher, PublishError> {
        let access = &self.0.access;
        let credentials = access.credentials().map_err(|error| unavailable(&error))?;
        let builder = Publisher::builder(self.0.topic.to_string())
            .with_endpoint(access.endpoint().url())
            .with_credentials(credentials)
            .with_retry_policy(AlwaysRetry.with_attempt_limit(ATTEMPTS).with_time_limit(PATIENCE))
            // Whoever publishes waits for it: a batch would only be waiting for others.
            .set_message_count_threshold(1);
        builder.build().await.map_err(|error| unavailable(&error))
    }
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> PublishError {
    tracing::warn!(error, "Pub/Sub did not take a message");
    PublishError::Unavailable
}
