//! A task queue within one process: it waits, then pushes over loopback HTTP like the relay.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;
use truth_kernel::time::Timestamp;
use zeroize::Zeroizing;

use super::{EnqueueError, Task, TaskName};
use crate::clock::Clock;
use crate::topic::delivery::{Courier, client};
use crate::topic::envelope::Envelope;
use crate::topic::{Drain, Pace, PushUrl};

/// Tasks that may wait: a memory this full means that the receiver is gone.
const WAITING: usize = 10_000;
/// Requests that are made at the same time.
const AT_ONCE: usize = 16;
/// Milliseconds for which the name of a task that was made is remembered.
const REMEMBERED: i64 = 3_600_000;

/// The enqueueing end. Clones enqueue into the same queue.
#[derive(Clone, Debug)]
pub struct Local(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    tasks: mpsc::Sender<Task>,
    names: Mutex<Names>,
    clock: Clock,
}

/// The names that are taken: since when a task is over, or nothing while it is not.
#[derive(Debug, Default)]
struct Names {
    taken: HashMap<TaskName, Option<Timestamp>>,
    waiting: usize,
}

impl Local {
    /// Starts making requests to `url` with `token` as the bearer token. Must be called within a tokio runtime.
    pub fn start(url: PushUrl, token: &str, pace: Pace, clock: &Clock) -> (Self, Drain) {
        let (closing, closed) = watch::channel(None);
        let (tasks, waiting) = mpsc::channel(WAITING);
        let name = url.name().to_owned();
        let courier = Courier {
            client: client(),
            url,
            authorization: Zeroizing::new(format!("Bearer {token}")),
            pace,
            dead_letters: None,
            closing: closed,
        };
        let shared = Arc::new(Shared { tasks, names: Mutex::default(), clock: clock.clone() });
        let queue = Queue { courier, name, shared: Arc::clone(&shared), at_once: Semaphore::new(AT_ONCE) };
        let mut running = JoinSet::new();
        running.spawn(run(Arc::new(queue), waiting));
        (Self(shared), Drain { closing, tasks: running })
    }

    pub(super) fn enqueue(&self, task: &Task) -> Result<(), EnqueueError> {
        if !self.0.names().take(&task.name, self.0.clock.now())? {
            return Ok(());
        }
        self.0.tasks.try_send(task.clone()).map_err(|refused| {
            self.0.names().give_back(&task.name);
            match refused {
                mpsc::error::TrySendError::Full(_) => EnqueueError::Full,
                mpsc::error::TrySendError::Closed(_) => EnqueueError::Closing,
            }
        })
    }
}

impl Shared {
    fn names(&self) -> MutexGuard<'_, Names> {
        // Nothing within panics between two changes that belong together.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Names {
    /// Takes a name; false when it is taken already.
    fn take(&mut self, name: &TaskName, now: Timestamp) -> Result<bool, EnqueueError> {
        if self.taken.contains_key(name) {
            return Ok(false);
        }
        if self.waiting >= WAITING {
            return Err(EnqueueError::Full);
        }
        if self.taken.len() >= 2 * WAITING {
            let horizon = now.millis() - REMEMBERED;
            self.taken.retain(|_, over| over.is_none_or(|over| over.millis() >= horizon));
        }
        self.taken.insert(name.clone(), None);
        self.waiting += 1;
        Ok(true)
    }

    fn give_back(&mut self, name: &TaskName) {
        self.taken.remove(name);
        self.waiting -= 1;
    }

    fn end(&mut self, name: TaskName, now: Timestamp) {
        self.taken.insert(name, Some(now));
        self.waiting -= 1;
    }
}

/// What every task of the queue shares.
struct Queue {
    courier: Courier,
    name: String,
    shared: Arc<Shared>,
    at_once: Semaphore,
}

/// The life of the queue: every task waits and is made by itself. When it closes, those that wait are dropped, and those that are being
/// made have until the drain's deadline.
async fn run(queue: Arc<Queue>, mut waiting: mpsc::Receiver<Task>) {
    let mut closing = queue.courier.closing.clone();
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            task = waiting.recv() => match task {
                Some(task) => drop(under_way.spawn(make(Arc::clone(&queue), task))),
                None => break,
            },
            Some(_) = under_way.join_next() => {}
            _ = closing.wait_for(Option::is_some) => break,
        }
    }
    waiting.close();
    while under_way.join_next().await.is_some() {}
}

async fn make(queue: Arc<Queue>, task: Task) {
    let mut closing = queue.courier.closing.clone();
    let wait = task.not_before.millis().saturating_sub(queue.shared.clock.now().millis());
    let due = async {
        sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
        queue.at_once.acquire().await
    };
    let permit = tokio::select! {
        permit = due => permit,
        _ = closing.wait_for(Option::is_some) => return,
    };
    if permit.is_ok() {
        let envelope = Envelope::of_task(&task.name, &task.data, &queue.name, &queue.shared.clock);
        queue.courier.deliver(envelope).await;
        queue.shared.names().end(task.name, queue.shared.clock.now());
    }
}
