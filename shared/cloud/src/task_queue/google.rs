//! Cloud Tasks, by its JSON API.

use std::fmt::Display;
use std::sync::Arc;

use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::options::RequestOptionsBuilder;
use google_cloud_tasks_v2::client::CloudTasks;
use google_cloud_tasks_v2::model::{HttpMethod, HttpRequest, OidcToken, Task as Wire};
use google_cloud_wkt as wkt;
use tokio::sync::OnceCell;

use super::{EnqueueError, QueueName, Task};
use crate::clock::Clock;
use crate::google::Access;
use crate::topic::envelope::Envelope;

/// Seconds that the receiver of a task has to answer.
const DISPATCH: i64 = 60;

/// Who receives the tasks of a queue, and as whom Cloud Tasks calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The push URL.
    pub url: String,
    /// The service account whose OIDC token each request carries; its audience is the URL.
    pub service_account: String,
}

/// A queue of Cloud Tasks. It connects with its first task; clones share the connection.
#[derive(Clone, Debug)]
pub struct GoogleQueue(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    queue: QueueName,
    target: Target,
    access: Access,
    client: OnceCell<CloudTasks>,
}

impl GoogleQueue {
    /// Enqueues into `queue`, as reached this way, requests to `target`.
    pub fn new(queue: QueueName, target: Target, access: Access) -> Self {
        Self(Arc::new(Parts { queue, target, access, client: OnceCell::new() }))
    }

    pub(super) async fn enqueue(&self, task: &Task) -> Result<(), EnqueueError> {
        let client = self.0.client.get_or_try_init(|| self.0.connect()).await?;
        // The name makes a repeated request harmless, so that an unknown outcome may be tried again.
        let request = client.create_task().set_parent(self.0.queue.as_str()).with_idempotency(true);
        match request.set_task(self.0.wire(task)?).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_taken_already(&error) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }
}

/// `ALREADY_EXISTS`, which the JSON API answers as 409: the same name is waiting or was lately.
fn is_taken_already(error: &Error) -> bool {
    error.http_status_code() == Some(409) || error.status().is_some_and(|status| status.code == Code::AlreadyExists)
}

fn refused(error: impl Display) -> EnqueueError {
    EnqueueError::Service(error.to_string())
}

impl Parts {
    async fn connect(&self) -> Result<CloudTasks, EnqueueError> {
        let budget = self.access.budget();
        let client = CloudTasks::builder()
            .with_endpoint(self.access.endpoint().url())
            .with_credentials(self.access.credentials().map_err(refused)?)
            .with_attempt_timeout(budget.attempt)
            .with_retry_policy(budget.retries())
            .with_backoff_policy(budget.pauses());
        client.build().await.map_err(refused)
    }

    fn wire(&self, task: &Task) -> Result<Wire, EnqueueError> {
        let envelope = Envelope::of_task(&task.name, &task.data, self.queue.as_str(), &Clock::System);
        let token =
            OidcToken::new().set_service_account_email(&self.target.service_account).set_audience(&self.target.url);
        let request = HttpRequest::new()
            .set_url(&self.target.url)
            .set_http_method(HttpMethod::Post)
            .set_headers([("Content-Type", "application/json")])
            .set_body(serde_json::to_vec(&envelope).map_err(refused)?)
            .set_oidc_token(token);
        Ok(Wire::new()
            .set_name(format!("{}/tasks/{}", self.queue, task.name))
            .set_http_request(request)
            .set_schedule_time(timestamp(task.not_before.millis()))
            .set_dispatch_deadline(wkt::Duration::clamp(DISPATCH, 0)))
    }
}

/// A time in milliseconds since 1970.
fn timestamp(millis: i64) -> wkt::Timestamp {
    let nanos = i32::try_from(millis.rem_euclid(1000) * 1_000_000).unwrap_or(0);
    wkt::Timestamp::clamp(millis.div_euclid(1000), nanos)
}
