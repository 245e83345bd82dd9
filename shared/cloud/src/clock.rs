//! The only reader of the system clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use truth_kernel::time::Timestamp;

/// Tells the time in UTC milliseconds. It may step backwards with the system clock; whoever needs
/// an order takes a sequence number.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that moves only when told to: for tests of expiry and order.
    Manual(ManualClock),
}

/// Shared hands of a manual clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl Clock {
    /// A clock that stands at `start`, and the hands to move it with.
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let hands = ManualClock(Arc::new(AtomicI64::new(start.millis())));
        (Self::Manual(hands.clone()), hands)
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(match self {
            Self::System => system_millis(),
            Self::Manual(hands) => hands.0.load(Ordering::SeqCst),
        })
    }
}

impl ManualClock {
    /// Moves the clock by `millis` milliseconds, backwards when negative.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

/// Milliseconds since 1970; a clock set before 1970 reads as 0.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
fn system_millis() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Clock, Timestamp};

    #[test]
    fn a_manual_clock_moves_only_when_told_to() {
        let (clock, hands) = Clock::manual(Timestamp::from_millis(1_000));
        assert_eq!(clock.now(), Timestamp::from_millis(1_000));
        hands.advance(500);
        assert_eq!(clock.clone().now(), Timestamp::from_millis(1_500));
    }

    #[test]
    fn the_system_clock_is_past_the_year_2020() {
        assert!(Clock::System.now().millis() > 1_577_836_800_000);
    }
}
