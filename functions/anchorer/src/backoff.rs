//! How long to wait after a failure.

use std::time::Duration;

use cloud::random::Random;

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_mins(5);

/// The pause after an attempt that `failures` have preceded: doubling, capped, and between half and the whole of that by chance, so that
/// the regions do not come back to an authority all at once.
pub(crate) fn pause(failures: u32) -> Duration {
    let half = FIRST.saturating_mul(1 << failures.min(20)).min(LONGEST) / 2;
    half + half.mul_f64(f64::from(u16::from_be_bytes(Random::system().bytes())) / 65_536.0)
}

#[cfg(test)]
mod tests {
    use super::{Duration, pause};

    #[test]
    fn pauses_double_up_to_five_minutes() {
        for (failures, whole) in [(0, 2), (1, 4), (5, 64), (8, 300), (u32::MAX, 300)] {
            let (pause, whole) = (pause(failures), Duration::from_secs(whole));
            assert!(pause >= whole / 2 && pause <= whole, "{failures}: {pause:?}");
        }
    }
}
