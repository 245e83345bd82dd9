//! A run taken apart, so that a test can stop a batcher between any two steps.

use proof_batcher::Sealer;
use proof_batcher::publish::Publication;

use crate::ledger::test_log;

/// What a batcher does in order, down to each single write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Extend,
    Sign,
    Prepare,
    Copy,
    Announce,
    Record,
}

pub const STEPS: [Step; 6] = [Step::Extend, Step::Sign, Step::Prepare, Step::Copy, Step::Announce, Step::Record];

/// A batcher that goes step by step.
pub struct Batcher {
    sealer: Sealer,
    publication: Option<Publication>,
}

impl Batcher {
    pub fn new(sealer: Sealer) -> Self {
        Self { sealer, publication: None }
    }

    pub async fn go(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(*step).await;
        }
    }

    async fn step(&mut self, step: Step) {
        let Self { sealer, publication } = self;
        let log = test_log();
        match (step, publication.as_ref()) {
            (Step::Extend, _) => assert!(sealer.extend(&log).await.unwrap().is_some()),
            (Step::Sign, _) => sealer.sign(&log).await.unwrap(),
            (Step::Prepare, _) => *publication = sealer.prepare(&log).await.unwrap(),
            (Step::Copy, Some(publication)) => sealer.copy(publication).await.unwrap(),
            // Overtaken: this batcher would now look again.
            (Step::Announce, Some(overtaken)) if !sealer.announce(overtaken).await.unwrap() => *publication = None,
            (Step::Record, Some(publication)) => sealer.record(publication).await.unwrap(),
            _ => {}
        }
    }
}
