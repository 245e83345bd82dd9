//! Interleaved rounds and their medians: every contestant runs once in each round, so that whatever else the machine does meets all.

use std::time::Duration;

use crate::Failure;
use crate::load::Sample;

/// How often and how long.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many rounds.
    pub rounds: usize,
    /// How long each contestant runs in each round.
    pub time: Duration,
    /// Events in the log that is proved from and audited.
    pub events: usize,
}

impl Plan {
    /// For figures.
    pub const FULL: Self = Self { rounds: 5, time: Duration::from_secs(3), events: 1_000_000 };
    /// For a look.
    pub const QUICK: Self = Self { rounds: 1, time: Duration::from_secs(1), events: 50_000 };
}

/// Who runs in a round.
pub trait Contestant {
    /// Runs once.
    fn run(&self, time: Duration) -> impl Future<Output = Result<Sample, Failure>>;
}

/// The median of each contestant over all rounds, in their order.
pub async fn medians<C: Contestant>(contestants: &[C], plan: Plan) -> Result<Vec<Sample>, Failure> {
    let mut samples = vec![Vec::new(); contestants.len()];
    for _ in 0..plan.rounds {
        for (contestant, samples) in contestants.iter().zip(&mut samples) {
            samples.push(contestant.run(plan.time).await?);
        }
    }
    Ok(samples.iter().map(|samples| median(samples)).collect())
}

/// Each property's own median.
fn median(samples: &[Sample]) -> Sample {
    fn middle<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
        values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        values[values.len() / 2]
    }
    Sample {
        per_second: middle(samples.iter().map(|sample| sample.per_second).collect()),
        mean: middle(samples.iter().map(|sample| sample.mean).collect()),
        p99: middle(samples.iter().map(|sample| sample.p99).collect()),
    }
}
