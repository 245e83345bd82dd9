//! The task queue that a function fills.

use std::path::PathBuf;

use cloud::clock::Clock;
use cloud::task_queue::{Local, TaskQueue, TaskQueueAddress};
use cloud::topic::{Pace, PushUrl};

use super::Start;
use crate::config::Secret;

impl Start {
    /// The variable `name` says where tasks go: a push URL of this machine (`http://127.0.0.1:…/push/…`; `PUSH_TOKEN_FILE` holds the
    /// token), or a queue of Cloud Tasks (`projects/…/locations/…/queues/…`) in this region; then `<name>_TARGET` is the push URL and
    /// `<name>_ACCOUNT` the service account whose token its requests carry.
    pub fn task_queue(&mut self, name: &str) -> Option<TaskQueue> {
        match self.environment.required(name)? {
            TaskQueueAddress::Local(url) => self.local_tasks(url),
            TaskQueueAddress::Google(queue) => self.cloud_tasks(name, queue),
        }
    }

    fn local_tasks(&mut self, url: PushUrl) -> Option<TaskQueue> {
        let token = self.environment.required::<PathBuf>("PUSH_TOKEN_FILE")?;
        let token = Secret::from_file(&token).map_err(|error| format!("PUSH_TOKEN_FILE: {error}").into());
        let token = self.environment.take(token)?;
        let (queue, drain) = Local::start(url, token.reveal(), Pace::default(), &Clock::System);
        self.drains.push(drain);
        Some(TaskQueue::Local(queue))
    }
}
