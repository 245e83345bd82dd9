//! What every endpoint of the function has at hand.

use axum::extract::FromRef;
use cloud::clock::Clock;
use cloud::random::Random;
use cloud::task_queue::{EnqueueError, Task, TaskQueue};
use serde::{Deserialize, Serialize};
use store::Store;
use store::vault::Vault;
use tokio::task::JoinSet;
use truth_kernel::id::{Id, Kind, OrgId, WebhookDeliveryId};
use truth_kernel::time::Timestamp;
use web::caller::Door;
use web::push::Pusher;

use crate::schedule::Schedule;
use crate::sender::Sender;

/// Tasks that are handed to the queue at the same time.
const AT_ONCE: usize = 16;

/// The function's state. Clones share everything.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// The region's database, as `fn_webhooks`.
    pub store: Store,
    /// Seals the endpoints' secrets.
    pub vault: Vault,
    /// Lets callers in.
    pub door: Door,
    /// Who may push.
    pub pusher: Pusher,
    /// The queue of attempts, which pushes to `deliver`.
    pub queue: TaskQueue,
    /// Sends notifications.
    pub sender: Sender,
    /// When to try again.
    pub schedule: Schedule,
    /// The base URL of the region, which notifications point to.
    pub base_url: String,
    /// Tells the time.
    pub clock: Clock,
}

/// What a task asks for: one attempt.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The organization, for which the attempt's transactions speak.
    pub organization: OrgId,
    /// The delivery.
    pub delivery: WebhookDeliveryId,
}

impl FromRef<Webhooks> for Door {
    fn from_ref(state: &Webhooks) -> Self {
        state.door.clone()
    }
}

impl FromRef<Webhooks> for Pusher {
    fn from_ref(state: &Webhooks) -> Self {
        state.pusher.clone()
    }
}

impl Webhooks {
    /// A new id.
    pub(crate) fn id<K: Kind>(&self) -> Id<K> {
        Id::from_parts(self.clock.now().millis().unsigned_abs(), Random::system().bytes())
    }

    /// Queues an attempt (its number from 1) that is due at `due`.
    pub(crate) async fn enqueue(&self, order: Order, attempt: u32, due: Timestamp) {
        self.enqueue_as(order, due, &format!("{}-{attempt}", due.millis())).await;
    }

    /// Queues attempts that are due at `due`, some at a time, under a mark that makes them others than those before. Where one is refused,
    /// the rest are not tried: the queue is away, and whoever nudges must not wait for it.
    pub(crate) async fn enqueue_all(&self, orders: Vec<Order>, due: Timestamp, mark: &str) {
        let mut running = JoinSet::new();
        for order in orders {
            if running.len() >= AT_ONCE && !matches!(running.join_next().await, Some(Ok(true))) {
                break;
            }
            let (state, mark) = (self.clone(), mark.to_owned());
            running.spawn(async move { state.enqueue_as(order, due, &mark).await });
        }
        while running.join_next().await.is_some() {}
    }

    /// Whether an attempt is queued. The row is the truth: what is not queued is found by the sweep, so that failing is only logged.
    async fn enqueue_as(&self, order: Order, due: Timestamp, mark: &str) -> bool {
        let queued = match task(order, due, mark) {
            Ok(task) => self.queue.enqueue(&task).await,
            Err(error) => Err(EnqueueError::Service(error)),
        };
        if let Err(error) = &queued {
            tracing::warn!(error = %error, delivery.id = %order.delivery, "an attempt is not queued and waits for the sweep");
        }
        queued.is_ok()
    }
}

/// Named by the random half of the delivery's id, then what makes this attempt another than the one before.
fn task(order: Order, due: Timestamp, mark: &str) -> Result<Task, String> {
    let name = format!("{:032x}-{mark}", order.delivery.as_uuid().as_u128().rotate_left(64));
    let data = serde_json::to_vec(&order).map_err(|error| error.to_string())?;
    Ok(Task { name: name.parse().map_err(|error| format!("{name}: {error}"))?, data, not_before: due })
}
