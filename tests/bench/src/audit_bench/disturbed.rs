//! The appender alone and while audits read everything, one after the other without a pause.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::command::{Openings, command, sound};
use crate::Failure;
use crate::load::Sample;
use crate::rounds::Contestant;
use crate::stage::Stage;
use crate::store_bench::appended;
use crate::store_bench::workload::Manners;

const CALLERS: usize = 256;

/// One appender with its callers.
pub struct Appending<'a> {
    stage: &'a Stage,
    audited: Audits,
}

/// Whether somebody audits meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audits {
    None,
    Running,
}

/// Alone, then disturbed.
pub fn contestants(stage: &Stage) -> [Appending<'_>; 2] {
    [Audits::None, Audits::Running].map(|audited| Appending { stage, audited })
}

impl Contestant for Appending<'_> {
    async fn run(&self, time: Duration) -> Result<Sample, Failure> {
        let auditing = match self.audited {
            Audits::None => None,
            Audits::Running => Some(Auditing::start(self.stage)?),
        };
        let Stage { region, workload, .. } = self.stage;
        let sample = appended(region, workload, 1, CALLERS, Manners::Good, time).await?;
        if let Some(auditing) = auditing {
            auditing.stop().await?;
        }
        Ok(sample)
    }
}

/// Audits over and over.
struct Auditing(JoinHandle<Failure>);

impl Auditing {
    fn start(stage: &Stage) -> Result<Self, Failure> {
        let mut command = command(stage, Openings::Closed)?;
        Ok(Self(tokio::spawn(async move {
            loop {
                let audited = async { sound(command.spawn()?).await };
                if let Err(error) = audited.await {
                    return error;
                }
            }
        })))
    }

    /// Stops; an audit that failed disturbed nobody, and is an error.
    async fn stop(self) -> Result<(), Failure> {
        if self.0.is_finished() {
            return Err(self.0.await?);
        }
        // The process dies with its future.
        self.0.abort();
        Ok(())
    }
}
