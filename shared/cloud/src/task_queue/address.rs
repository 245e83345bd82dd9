//! Where a task queue is.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use truth_kernel::region::Region;

use crate::topic::PushUrl;

/// Where tasks go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskQueueAddress {
    /// Into this process, for this push URL.
    Local(PushUrl),
    /// Into a queue of Cloud Tasks.
    Google(QueueName),
}

/// A text that is not a [`TaskQueueAddress`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "not a task queue: http://<loopback address>:<port>/<path> or projects/<project>/locations/<region>/queues/<queue>"
)]
pub struct NotATaskQueueAddress;

impl FromStr for TaskQueueAddress {
    type Err = NotATaskQueueAddress;

    fn from_str(text: &str) -> Result<Self, NotATaskQueueAddress> {
        if text.starts_with("projects/") {
            return text.parse().map(Self::Google);
        }
        text.parse().map(Self::Local).map_err(|_| NotATaskQueueAddress)
    }
}

/// The full name of a queue of Cloud Tasks, `projects/<project>/locations/<region>/queues/<queue>`. Its tasks are stored in its region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueName {
    text: String,
    region: Region,
}

impl QueueName {
    /// The region in which its tasks are stored.
    pub const fn region(&self) -> &Region {
        &self.region
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for QueueName {
    type Err = NotATaskQueueAddress;

    fn from_str(text: &str) -> Result<Self, NotATaskQueueAddress> {
        let parts: Vec<_> = text.split('/').collect();
        let ["projects", project, "locations", region, "queues", queue] = parts[..] else {
            return Err(NotATaskQueueAddress);
        };
        let is_plain =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
        match region.parse() {
            Ok(region) if is_plain(project) && is_plain(queue) => Ok(Self { text: text.to_owned(), region }),
            _ => Err(NotATaskQueueAddress),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::TaskQueueAddress;

    #[test]
    fn a_queue_is_a_loopback_url_or_a_full_name() {
        let name = "projects/p-1/locations/europe-west1/queues/webhooks";
        let TaskQueueAddress::Google(queue) = name.parse().unwrap() else { panic!("a name is Google's") };
        assert_eq!((queue.as_str(), queue.region().as_str()), (name, "europe-west1"));
        assert!(matches!("http://127.0.0.1:1/push/deliver".parse(), Ok(TaskQueueAddress::Local(_))));
        for wrong in [
            "",
            "https://example.com/push/deliver",
            "projects/p/locations/europe-west1/queues/",
            "projects/p/locations/here/queues/q",
            "projects/p/locations/europe-west1/queues/q/tasks/t",
            "projects/p/topics/t",
        ] {
            assert!(wrong.parse::<TaskQueueAddress>().is_err(), "{wrong}");
        }
    }
}
