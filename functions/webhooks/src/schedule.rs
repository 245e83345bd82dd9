//! When a notification that was not taken is sent again.

use std::str::FromStr;

use thiserror::Error;

/// Seconds before each further attempt. As Standard Webhooks recommends unless told: ten attempts in some three days.
const USUAL: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The pauses between attempts: one attempt more than there are pauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<u64>);

/// A text that is not a [`Schedule`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a schedule: up to 50 numbers of seconds with commas between, none above 2592000 (30 days)")]
pub struct NotASchedule;

impl Default for Schedule {
    fn default() -> Self {
        Self(USUAL.to_vec())
    }
}

impl FromStr for Schedule {
    type Err = NotASchedule;

    fn from_str(text: &str) -> Result<Self, NotASchedule> {
        let pauses: Result<Vec<u64>, _> = text.split(',').map(|pause| pause.trim().parse()).collect();
        let pauses = pauses.map_err(|_| NotASchedule)?;
        let fits = pauses.len() <= 50 && pauses.iter().all(|pause| *pause <= 2_592_000);
        if fits { Ok(Self(pauses)) } else { Err(NotASchedule) }
    }
}

impl Schedule {
    /// Milliseconds to wait after the given attempt (from 1), none after the last: up to a fifth more than the schedule says, by chance, so
    /// that a receiver that comes back is not met by everything at once.
    pub fn pause_after(&self, attempt: u32, chance: u16) -> Option<i64> {
        let index = usize::try_from(attempt).ok()?.checked_sub(1)?;
        let millis = i64::try_from(self.0.get(index)? * 1000).ok()?;
        Some(millis + millis / 5 * i64::from(chance) / i64::from(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::Schedule;

    #[test]
    fn pauses_are_those_of_the_schedule_and_at_most_a_fifth_more() {
        let usual = Schedule::default();
        assert_eq!((usual.pause_after(1, 0), usual.pause_after(1, u16::MAX)), (Some(5_000), Some(6_000)));
        assert_eq!((usual.pause_after(9, 0), usual.pause_after(10, 0)), (Some(86_400_000), None));
        assert_eq!(usual.pause_after(0, 0), None);
        for attempt in 1..=9 {
            let (least, most) = (usual.pause_after(attempt, 0).unwrap(), usual.pause_after(attempt, u16::MAX).unwrap());
            assert!((least..=least + least / 5).contains(&most));
        }
    }

    #[test]
    fn a_schedule_is_read_from_seconds() {
        let short: Schedule = "0, 1,2".parse().unwrap();
        assert_eq!(
            (short.pause_after(1, 9), short.pause_after(2, 0), short.pause_after(4, 0)),
            (Some(0), Some(1_000), None)
        );
        for wrong in ["", "1,", "-1", "5s", "2592001"] {
            assert!(wrong.parse::<Schedule>().is_err(), "{wrong}");
        }
    }
}
