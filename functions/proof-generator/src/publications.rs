//! Waiting until a log publishes more: however many wait, the database is asked once per pace.

use std::sync::Arc;
use std::time::Duration;

use store::log::LogState;
use store::{Error, Store};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use truth_kernel::region::LogOrigin;

/// How old an answer may be that somebody waits by.
const PACE: Duration = Duration::from_millis(50);

/// How far the region's logs are published. Clones share what was read last.
#[derive(Clone, Debug)]
pub struct Publications {
    store: Store,
    read: Arc<Mutex<Option<Reading>>>,
}

#[derive(Debug)]
struct Reading {
    at: Instant,
    logs: Vec<LogState>,
}

impl Publications {
    /// Of the logs in this store.
    pub fn of(store: Store) -> Self {
        Self { store, read: Arc::default() }
    }

    /// Waits until more than `size` leaves of the log are published; false when `deadline` comes first. Holds no transaction between
    /// two looks.
    pub async fn beyond(&self, log: &LogOrigin, size: u64, deadline: Instant) -> Result<bool, Error> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            if self.published_size(log).await? > size {
                return Ok(true);
            }
            sleep(left.min(PACE)).await;
        }
    }

    /// Whoever comes while another asks waits for that answer.
    async fn published_size(&self, log: &LogOrigin) -> Result<u64, Error> {
        let mut read = self.read.lock().await;
        let fresh = read.take().filter(|reading| reading.at.elapsed() < PACE);
        let reading = match fresh {
            Some(reading) => reading,
            None => Reading { at: Instant::now(), logs: self.store.begin_system().await?.logs().all().await? },
        };
        let found = reading.logs.iter().find(|state| state.origin == *log);
        let size = found.map_or(0, |state| state.published_size);
        *read = Some(reading);
        Ok(size)
    }
}
