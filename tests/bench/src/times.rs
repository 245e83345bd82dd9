//! Many measured times, and what is told of them.

use std::time::Duration;

use crate::Failure;

/// At least one time, in order.
#[derive(Debug, Clone)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Puts them in order; none at all is an error.
    pub fn of(mut times: Vec<Duration>) -> Result<Self, Failure> {
        if times.is_empty() {
            return Err("nothing was measured".into());
        }
        times.sort_unstable();
        Ok(Self(times))
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    /// The time within which 99 of 100 were done.
    pub fn p99(&self) -> Duration {
        self.0[self.0.len() * 99 / 100]
    }
}

/// A time in milliseconds.
pub fn in_millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_tail_are_of_the_times_in_order() -> Result<(), Failure> {
        let times = Times::of((1..=100).map(Duration::from_millis).rev().collect())?;
        assert_eq!((in_millis(times.median()), in_millis(times.p99())), (51.0, 100.0));
        assert!(Times::of(Vec::new()).is_err());
        Ok(())
    }
}
