//! A topic within one process: a task per subscription that pushes over loopback HTTP.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::dead_letters::DeadLetters;
use super::delivery::{Courier, client};
use super::envelope::Envelope;
use super::push_url::PushUrl;
use super::{Message, PublishError};
use crate::clock::Clock;

/// Messages that may wait per subscription: a queue this long means that the receiver is gone.
const QUEUE: usize = 1024;

/// Who gets the messages of a topic.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its name, as in the envelope.
    pub name: String,
    /// Where messages are pushed to.
    pub url: PushUrl,
}

impl Subscription {
    /// Pushes to this URL, and is called like its last segment.
    pub fn to(url: PushUrl) -> Self {
        Self { name: url.name().to_owned(), url }
    }
}

/// How stubbornly messages are delivered.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Attempts before a message becomes a dead letter.
    pub attempts: u32,
    /// The pause after the first attempt; it doubles with each.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long a receiver may take to answer.
    pub answer_within: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            attempts: 8,
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(5),
            answer_within: Duration::from_secs(30),
        }
    }
}

/// The publishing end. Clones publish to the same subscriptions.
#[derive(Clone, Debug)]
pub struct Relay(Arc<[Lane]>);

/// One subscription's waiting messages.
#[derive(Debug)]
struct Lane {
    messages: mpsc::Sender<Message>,
    nudge: Arc<Nudge>,
}

/// Nudges are one permit and not a queue: any number of them that wait are one, which is sent as the latest.
#[derive(Debug, Default)]
struct Nudge {
    latest: Mutex<Message>,
    waits: Notify,
}

impl Nudge {
    fn put(&self, message: &Message) {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone_from(message);
        self.waits.notify_one();
    }

    async fn take(&self) -> Message {
        self.waits.notified().await;
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The delivering end: the running tasks, to be drained at shutdown.
#[derive(Debug)]
pub struct Drain {
    pub(crate) closing: watch::Sender<Option<Instant>>,
    pub(crate) tasks: JoinSet<()>,
}

impl Relay {
    /// Starts delivering to `subscriptions` with `token` as the bearer token, keeping what cannot be
    /// delivered in the folder `dead_letters`. Must be called within a tokio runtime.
    pub fn start(
        subscriptions: Vec<Subscription>,
        token: &str,
        pace: Pace,
        dead_letters: &Path,
        clock: &Clock,
    ) -> (Self, Drain) {
        let (closing, closed) = watch::channel(None);
        let (mut tasks, client) = (JoinSet::new(), client());
        let lane = |Subscription { name, url }| {
            let (messages, waiting) = mpsc::channel(QUEUE);
            let nudge = Arc::<Nudge>::default();
            let courier = Courier {
                client: client.clone(),
                url,
                authorization: Zeroizing::new(format!("Bearer {token}")),
                pace,
                dead_letters: Some(DeadLetters(dead_letters.to_owned())),
                closing: closed.clone(),
            };
            tasks.spawn(carry(courier, waiting, Arc::clone(&nudge), name, clock.clone()));
            Lane { messages, nudge }
        };
        let lanes = subscriptions.into_iter().map(lane).collect();
        (Self(lanes), Drain { closing, tasks })
    }

    pub(super) fn publish(&self, message: &Message) -> Result<(), PublishError> {
        // Every subscription is served, whatever becomes of the others; the first failure is told.
        self.0.iter().map(|lane| lane.put(message)).fold(Ok(()), Result::and)
    }
}

impl Lane {
    fn put(&self, message: &Message) -> Result<(), PublishError> {
        if message.is_nudge() {
            self.nudge.put(message);
            return Ok(());
        }
        self.messages.try_send(message.clone()).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => PublishError::Full,
            mpsc::error::TrySendError::Closed(_) => PublishError::Closing,
        })
    }
}

impl Drain {
    /// Takes no more messages, delivers what waits, and ends after `patience` at the latest; what is
    /// not delivered by then becomes a dead letter.
    pub async fn drain(mut self, patience: Duration) {
        self.closing.send_replace(Some(Instant::now() + patience));
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The life of a subscription's task: deliver one by one until the relay closes, then what is left.
async fn carry(courier: Courier, mut waiting: mpsc::Receiver<Message>, nudge: Arc<Nudge>, name: String, clock: Clock) {
    let mut closing = courier.closing.clone();
    loop {
        let message = tokio::select! {
            message = waiting.recv() => message,
            nudge = nudge.take() => Some(nudge),
            _ = closing.wait_for(Option::is_some) => break,
        };
        let Some(message) = message else { return };
        courier.deliver(Envelope::new(message, &name, &clock)).await;
    }
    waiting.close();
    while let Some(message) = waiting.recv().await {
        courier.deliver(Envelope::new(message, &name, &clock)).await;
    }
}

#[cfg(test)]
#[path = "relay_tests.rs"]
mod tests;
