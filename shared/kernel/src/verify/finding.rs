//! What one check found.

use super::{Outcome, Step, StepName};

/// An outcome with its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub outcome: Outcome,
    pub detail: String,
}

impl Finding {
    pub(super) fn passed(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, detail)
    }

    pub(super) fn failed(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, detail)
    }

    pub(super) fn cannot_tell(detail: impl Into<String>) -> Self {
        Self::new(Outcome::CannotTell, detail)
    }

    pub(super) fn not_present(detail: impl Into<String>) -> Self {
        Self::new(Outcome::NotPresent, detail)
    }

    fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { outcome, detail }
    }

    /// The finding as a step.
    pub(super) fn step(self, name: StepName) -> Step {
        Step { name, outcome: self.outcome, detail: self.detail }
    }

    /// One finding for the same check of several events: the first failure with its place, else the
    /// first that could not be decided, else that all is well.
    pub(super) fn of_all(findings: &[Self], well: impl FnOnce(usize) -> String) -> Self {
        let count = findings.len();
        for outcome in [Outcome::Failed, Outcome::CannotTell] {
            let mut of_kind = findings.iter().enumerate().filter(|(_, one)| one.outcome == outcome);
            if let Some((at, first)) = of_kind.next() {
                let others = match of_kind.count() {
                    0 => String::new(),
                    others => format!(" (So it is with {others} more.)"),
                };
                let detail = format!("Event {} of {count}: {}{others}", at + 1, first.detail);
                return Self::new(outcome, detail);
            }
        }
        let passed = findings.iter().filter(|one| one.outcome == Outcome::Passed).count();
        if passed == 0 {
            let detail = findings.first().map_or("There are no events.", |one| &one.detail);
            return Self::not_present(detail);
        }
        Self::passed(well(passed))
    }
}

/// A check that ends early is its own result.
pub(super) fn settle(result: Result<Finding, Finding>) -> Finding {
    result.unwrap_or_else(|early| early)
}
