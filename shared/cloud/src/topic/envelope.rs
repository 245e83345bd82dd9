//! The JSON body of a push request, as Pub/Sub sends it (Google Cloud: "Receive push messages").

use std::collections::BTreeMap;

use serde::Serialize;
use truth_kernel::encoding;

use super::{Message, say_nothing};
use crate::clock::Clock;
use crate::random::Random;
use crate::task_queue::TaskName;

/// A message on its way to one subscription.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope {
    message: Wire,
    pub(super) subscription: String,
    /// Counts from 1.
    pub(super) delivery_attempt: u32,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(skip_serializing_if = "String::is_empty")]
    data: String,
    message_id: String,
    publish_time: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

impl Envelope {
    pub(super) fn new(message: Message, subscription: &str, clock: &Clock) -> Self {
        let wire = Wire {
            data: encoding::base64(&message.data),
            message_id: u64::from_be_bytes(Random::system().bytes()).to_string(),
            publish_time: clock.now().to_string(),
            attributes: message.attributes,
        };
        Self { message: wire, subscription: subscription.to_owned(), delivery_attempt: 1 }
    }

    /// Around a task, whose name is the message's id.
    pub(crate) fn of_task(name: &TaskName, data: &[u8], queue: &str, clock: &Clock) -> Self {
        let mut envelope = Self::new(Message { data: data.to_owned(), ..Message::default() }, queue, clock);
        name.as_str().clone_into(&mut envelope.message.message_id);
        envelope
    }

    pub(super) fn message_id(&self) -> &str {
        &self.message.message_id
    }

    pub(super) fn is_nudge(&self) -> bool {
        self.message.data.is_empty() && say_nothing(&self.message.attributes)
    }
}
