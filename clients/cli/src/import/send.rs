//! Sending claims in batches, a few at once. A claim's events are in one batch, so their order is kept.

mod batch;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::failure::Failure;
use crate::http::Client;

use super::csv_claim::Claim;
use super::events;

/// Events that the ledger takes in one batch.
const BATCH: usize = 500;

/// Claims of one batch.
const CLAIMS: usize = BATCH / events::MOST;

/// Batches on their way at once: while one is committed, others are written and read.
const IN_FLIGHT: usize = 4;

/// What became of the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Written now.
    pub new: usize,
    /// Found written by an earlier request.
    pub repeated: usize,
}

impl Sent {
    /// Together with what was written before all was sent, and so was found again.
    #[must_use]
    pub const fn with_probe(self, new: usize) -> Self {
        Self { new: self.new + new, repeated: self.repeated.saturating_sub(new) }
    }
}

/// Sends one claim.
pub fn one(client: &Client, claim: &Claim) -> Result<Sent, Failure> {
    batch::send(client, events::of(claim))
}

/// A batch's number with what became of it.
type Outcome = (usize, Result<Sent, Failure>);

/// Sends the claims from number `first` on. `reached` is told how many claims are done without a gap;
/// after the first failure nothing new is begun.
pub fn all(
    client: &Client,
    claims: &[Claim],
    first: usize,
    reached: &mut dyn FnMut(usize) -> Result<(), Failure>,
) -> Result<Sent, Failure> {
    let batches: Vec<_> = claims.get(first..).unwrap_or_default().chunks(CLAIMS).collect();
    let next = AtomicUsize::new(0);
    let (told, outcomes) = channel();
    thread::scope(|scope| {
        for _ in 0..IN_FLIGHT {
            let told = told.clone();
            let (batches, next) = (&batches, &next);
            scope.spawn(move || work(client, batches, next, &told));
        }
        drop(told);
        let mut collected = Collected { first, claims: claims.len(), ..Collected::default() };
        let result = outcomes.iter().try_for_each(|outcome| collected.take(outcome, reached));
        // Whoever is sending finishes its batch and begins no other.
        next.store(batches.len(), Ordering::Relaxed);
        result.map(|()| collected.sent)
    })
}

/// Takes batches until there are none left or nobody listens any more.
fn work(client: &Client, batches: &[&[Claim]], next: &AtomicUsize, told: &Sender<Outcome>) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(claims) = batches.get(number) else { return };
        let sent = batch::send(client, claims.iter().flat_map(events::of).collect());
        if told.send((number, sent)).is_err() {
            return;
        }
    }
}

/// The outcomes so far, which come in any order.
#[derive(Default)]
struct Collected {
    first: usize,
    claims: usize,
    sent: Sent,
    /// Batches done without a gap.
    whole: usize,
    /// Batches done beyond the gap.
    ahead: BTreeSet<usize>,
}

impl Collected {
    fn take(
        &mut self,
        (number, sent): Outcome,
        reached: &mut dyn FnMut(usize) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Sent { new, repeated } = sent?;
        self.sent.new += new;
        self.sent.repeated += repeated;
        self.ahead.insert(number);
        let before = self.whole;
        while self.ahead.remove(&self.whole) {
            self.whole += 1;
        }
        if self.whole == before {
            return Ok(());
        }
        reached((self.first + self.whole * CLAIMS).min(self.claims))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{CLAIMS, Collected, Failure, Sent};
    use crate::failure::Exit;

    #[test]
    fn what_is_reached_has_no_gap() {
        let mut collected = Collected { first: 10, claims: 2 * CLAIMS + 11, ..Collected::default() };
        let mut told = Vec::new();
        for number in [1, 0, 2] {
            let sent = Sent { new: 2, repeated: 1 };
            collected
                .take((number, Ok(sent)), &mut |now| {
                    told.push(now);
                    Ok(())
                })
                .unwrap();
        }
        assert_eq!(told, [10 + 2 * CLAIMS, 2 * CLAIMS + 11]);
        assert_eq!(collected.sent, Sent { new: 6, repeated: 3 });
        let failed = Err(Failure::new(Exit::Refused, ""));
        assert!(collected.take((3, failed), &mut |_| Ok(())).is_err());
    }
}
