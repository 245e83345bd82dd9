//! The closed loop: so many callers, each of whom asks again as soon as it is answered.

use std::time::{Duration, Instant};

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

/// Lets the callers run for a while, of which the first fifth (caches, connections) does not count.
pub async fn closed_loop<C: Caller>(callers: Vec<C>, time: Duration) -> Result<Sample, Failure> {
    let begin = Instant::now() + time / 5;
    let end = begin + time;
    let mut tasks = JoinSet::new();
    for mut caller in callers {
        tasks.spawn(async move {
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
