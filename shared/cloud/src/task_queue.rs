//! Tasks: one request each to one of our own push URLs, not before a time.

mod address;
#[cfg(feature = "tasks")]
mod google;
mod local;
mod name;

use thiserror::Error;
use truth_kernel::time::Timestamp;

pub use self::address::{NotATaskQueueAddress, QueueName, TaskQueueAddress};
#[cfg(feature = "tasks")]
pub use self::google::{GoogleQueue, Target};
pub use self::local::Local;
pub use self::name::{NotATaskName, TaskName};

/// A request to make later. The receiver gets it in the envelope of Pub/Sub push, with the name as the message's id, so that pushes and
/// tasks are read alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What makes a repeated enqueue the same task.
    pub name: TaskName,
    /// The content: ids, never personal data.
    pub data: Vec<u8>,
    /// When the request is made at the earliest; at once if that is past.
    pub not_before: Timestamp,
}

/// Why a task was not taken.
#[derive(Debug, Error)]
pub enum EnqueueError {
    /// Too many tasks are waiting.
    #[error("too many tasks are waiting")]
    Full,
    /// The process is shutting down.
    #[error("the task queue is closing")]
    Closing,
    /// The service cannot be reached or refuses. The task may have been taken all the same.
    #[error("the task queue does not take a task: {0}")]
    Service(String),
}

/// A queue of tasks for one push URL. A task that is taken is made at least once, and again while the answer is not 2xx, but not for
/// ever: a queue may lose tasks, and who must not forget looks again by himself. Enqueueing a name that is waiting, or was taken within the
/// last hour, changes nothing and succeeds.
#[derive(Clone, Debug)]
pub enum TaskQueue {
    /// Of this process, in memory: what is waiting when it ends is lost.
    Local(Local),
    /// Cloud Tasks.
    #[cfg(feature = "tasks")]
    Google(GoogleQueue),
}

impl TaskQueue {
    /// Hands a task over; it is taken when this returns.
    #[cfg_attr(not(feature = "tasks"), expect(clippy::unused_async, reason = "Cloud Tasks is behind a network"))]
    pub async fn enqueue(&self, task: &Task) -> Result<(), EnqueueError> {
        match self {
            Self::Local(local) => local.enqueue(task),
            #[cfg(feature = "tasks")]
            Self::Google(google) => google.enqueue(task).await,
        }
    }
}
