//! The closed loop: so many callers, each of whom asks again as soon as it is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::Failure;

/// One of the callers.
pub trait Caller: Send + 'static {
    /// Asks once and waits for the answer.
    fn call(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// What a closed loop showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Answers per second, of all callers together.
    pub per_second: f64,
    /// Mean time to an answer.
    pub mean: Duration,
    /// The time within which 99 of 100 answers came; unknown of a program that does not tell.
    pub p99: Option<Duration>,
}

/// What each caller asks before anything counts: enough for connections, prepared statements and plans, which a server that has run
/// for a minute has.
const WARM_UP: usize = 3;

/// Lets the callers run for a while: first until all are warm, then for a fifth of the time until the queues are as they stay.
pub async fn closed_loop<C: Caller>(callers: Vec<C>, time: Duration) -> Result<Sample, Failure> {
    let mut tasks = JoinSet::new();
    let warm = Arc::new(Barrier::new(callers.len()));
    for mut caller in callers {
        let warm = Arc::clone(&warm);
        tasks.spawn(async move {
            let heated = heat(&mut caller).await;
            // Also after a failure: the others wait.
            warm.wait().await;
            heated?;
            let begin = Instant::now() + time / 5;
            let end = begin + time;
            let mut times = Vec::new();
            loop {
                let asked = Instant::now();
                if asked >= end {
                    return Ok::<_, Failure>(times);
                }
                caller.call().await?;
                if asked >= begin {
                    times.push(asked.elapsed());
                }
            }
        });
    }
    let mut times = Vec::new();
    while let Some(finished) = tasks.join_next().await {
        times.extend(finished??);
    }
    Sample::of(times, time).ok_or_else(|| "no answer in the whole time".into())
}

async fn heat(caller: &mut impl Caller) -> Result<(), Failure> {
    for _ in 0..WARM_UP {
        caller.call().await?;
    }
    Ok(())
}

impl Sample {
    fn of(mut times: Vec<Duration>, time: Duration) -> Option<Self> {
        times.sort_unstable();
        let count = u32::try_from(times.len()).ok()?;
        Some(Self {
            per_second: f64::from(count) / time.as_secs_f64(),
            mean: times.iter().sum::<Duration>().checked_div(count)?,
            p99: times.get(times.len() * 99 / 100).copied(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_tells_rate_mean_and_tail() {
        let times = (1..=100).map(Duration::from_millis).rev().collect();
        let sample = Sample::of(times, Duration::from_secs(2));
        let expected =
            Sample { per_second: 50.0, mean: Duration::from_micros(50_500), p99: Some(Duration::from_millis(100)) };
        assert_eq!(sample, Some(expected));
        assert_eq!(Sample::of(Vec::new(), Duration::from_secs(2)), None);
    }
}
