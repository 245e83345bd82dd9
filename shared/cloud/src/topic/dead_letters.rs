//! Where messages end that could not be delivered: one JSON file each, for a person to look at.

use std::path::PathBuf;

use serde::Serialize;

use super::envelope::Envelope;
use crate::blocking::blocking;
use crate::durable::{self, Access};

/// A folder of dead letters.
#[derive(Clone, Debug)]
pub(crate) struct DeadLetters(pub(super) PathBuf);

#[derive(Serialize)]
struct DeadLetter<'a> {
    reason: &'a str,
    envelope: &'a Envelope,
}

impl DeadLetters {
    /// Keeps an envelope that nobody took. Failing to is logged: there is nobody left to tell.
    pub(super) async fn keep(&self, envelope: &Envelope, reason: &str) {
        let letter = serde_json::to_vec_pretty(&DeadLetter { reason, envelope });
        let (folder, name) = (self.0.clone(), format!("{}.json", envelope.message_id()));
        let kept = blocking(move || {
            durable::create_folders(&folder)?;
            durable::create(&folder.join(name), &letter?, Access::Owner)
        });
        match kept.await {
            Ok(()) => tracing::warn!(
                subscription = envelope.subscription,
                attempts = envelope.delivery_attempt,
                reason,
                "a message was put into the dead letters"
            ),
            Err(error) => tracing::error!(
                subscription = envelope.subscription,
                error = %error,
                "a message is lost: it was not delivered and cannot be kept"
            ),
        }
    }
}
