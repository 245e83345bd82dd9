//! What the handlers share.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use cloud::clock::Clock;
use cloud::random::Random;
use cloud::topic::{Message, Topic};
use store::Store;
use store::append::Appender;
use store::vault::Vault;
use truth_kernel::id::EventId;
use web::authority::Authority;
use web::caller::Door;
use web::evidence::Witness;
use web::telemetry::traced;

use crate::registry::EventTypes;

/// What the function is made of.
#[derive(Debug)]
pub struct Parts {
    /// Lets callers in.
    pub door: Door,
    /// Who they are.
    pub authority: Authority,
    /// The region's database.
    pub store: Store,
    /// Seals and opens bodies.
    pub vault: Vault,
    /// Appends.
    pub appender: Appender,
    /// The event types of each organization.
    pub types: EventTypes,
    /// Puts evidence together and signs receipts.
    pub witness: Witness,
    /// Where the proof batcher is told that there is something to seal.
    pub batcher: Topic,
}

/// The state of every handler. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer(Arc<Parts>);

impl Writer {
    /// The state made of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Tells the batcher that there is something to seal. Joined by whoever appended, so that it is sent before the answer;
    /// nudges that wait are one. A lost one costs seconds: the timekeeper sweeps.
    pub(crate) async fn nudge(&self) {
        if let Err(error) = self.batcher.publish(traced(Message::nudge())).await {
            tracing::warn!(error = %error, "the batcher was not nudged");
        }
    }
}

/// An id for a new event.
pub(crate) fn new_event_id() -> EventId {
    EventId::from_parts(Clock::System.now().millis().unsigned_abs(), Random::system().bytes())
}

impl Deref for Writer {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<Writer> for Door {
    fn from_ref(writer: &Writer) -> Self {
        writer.door.clone()
    }
}
