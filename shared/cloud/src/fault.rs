//! Faults on purpose, for tests: one call to the outside fails, before it was carried out or after.
//!
//! A test numbers the calls of a run by letting the first fail, then the second, and so on until a run ends without the fault having come.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// When a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not carried out, and fails.
    Before,
    /// It is carried out, but the caller hears of a failure: the outcome is unknown to it.
    After,
}

/// A plan for one fault among the calls of all contracts that share it.
#[derive(Clone, Debug)]
pub struct Faults(Arc<Plan>);

#[derive(Debug)]
struct Plan {
    at: u32,
    fault: Fault,
    calls: AtomicU32,
    has_come: AtomicBool,
}

/// The failure that a caller hears of.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a fault on purpose")]
pub struct Injected;

impl From<Injected> for io::Error {
    fn from(fault: Injected) -> Self {
        Self::other(fault)
    }
}

impl Faults {
    /// Lets the call of this number fail, counted from 0.
    pub fn at(call: u32, fault: Fault) -> Self {
        Self(Arc::new(Plan { at: call, fault, calls: AtomicU32::new(0), has_come: AtomicBool::new(false) }))
    }

    /// Whether there was a call of that number.
    pub fn has_come(&self) -> bool {
        self.0.has_come.load(Ordering::SeqCst)
    }

    /// Carries a call out, or not, as planned.
    pub(crate) async fn around<T, E: From<Injected>>(&self, call: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let fault = (self.0.calls.fetch_add(1, Ordering::SeqCst) == self.0.at).then_some(self.0.fault);
        if fault.is_some() {
            self.0.has_come.store(true, Ordering::SeqCst);
        }
        if fault == Some(Fault::Before) {
            return Err(Injected.into());
        }
        let outcome = call.await;
        if fault == Some(Fault::After) { Err(Injected.into()) } else { outcome }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::io;

    use super::{Fault, Faults};

    #[tokio::test]
    async fn one_call_fails_before_or_after_it_was_carried_out() {
        for (fault, carried_out) in [(Fault::Before, vec![0, 2]), (Fault::After, vec![0, 1, 2])] {
            let (faults, mut done) = (Faults::at(1, fault), Vec::new());
            for call in 0..3 {
                assert_eq!(faults.has_come(), call > 1);
                let outcome = faults.around(async {
                    done.push(call);
                    Ok::<_, io::Error>(call)
                });
                assert_eq!(outcome.await.is_err(), call == 1);
            }
            assert_eq!(done, carried_out);
        }
        assert!(Faults::at(0, Fault::Before).around(async { Ok::<_, io::Error>(()) }).await.is_err());
        let never = Faults::at(9, Fault::Before);
        never.around(async { Ok::<_, io::Error>(()) }).await.unwrap();
        assert!(!never.has_come());
    }
}
