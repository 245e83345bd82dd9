//! What a verification found, step by step.

use std::fmt;

use serde::{Serialize, Serializer};

/// The answer to "is this so?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every step that the claim rests on passed.
    Valid,
    /// A step failed.
    Invalid,
    /// Nothing failed, but a step the claim rests on could not be decided.
    CannotTell,
}

/// What became of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Checked, and so.
    Passed,
    /// Checked, and not so.
    Failed,
    /// It could not be decided, for want of trust or of something to check.
    CannotTell,
    /// The document has nothing for this step, and need not.
    NotPresent,
}

/// The steps, in the order in which a report lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepName {
    /// The document has the members of its version.
    Format,
    /// The headers are well formed, hash to what is claimed and name the log.
    Event,
    /// The disclosed bodies are those the headers commit to.
    Opening,
    /// A trusted key of the log signed the checkpoint.
    Checkpoint,
    /// The events are leaves of the checkpoint's tree.
    Inclusion,
    /// A trusted receipt key signed the head of the history.
    Head,
    /// Witnesses outside the log.
    Anchors,
    /// A trusted receipt key promised inclusion.
    Receipt,
}

/// One step of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which step.
    pub name: StepName,
    /// What became of it.
    pub outcome: Outcome,
    /// One sentence for people.
    pub detail: String,
}

/// All that a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// Every step of this kind of document, in order.
    pub steps: Vec<Step>,
    /// What the document holds beyond what was checked, as JSON pointers (RFC 6901).
    pub unchecked: Vec<String>,
}

impl Report {
    pub(super) fn new(mut steps: Vec<Step>, unchecked: Vec<String>) -> Self {
        steps.sort_by_key(|step| step.name);
        let verdict = Verdict::of(&steps);
        Self { verdict, steps, unchecked }
    }

    /// The step that decided against `Valid`: the first that failed, or else could not be decided.
    pub fn failing_step(&self) -> Option<&Step> {
        let decisive = match self.verdict {
            Verdict::Valid => return None,
            Verdict::Invalid => Outcome::Failed,
            Verdict::CannotTell => Outcome::CannotTell,
        };
        self.steps.iter().find(|step| step.outcome == decisive)
    }

    /// The step with this name, when this kind of document has it.
    pub fn step(&self, name: StepName) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
}

impl Verdict {
    fn of(steps: &[Step]) -> Self {
        let any = |outcome| steps.iter().any(|step| step.counts() && step.outcome == outcome);
        if any(Outcome::Failed) {
            Self::Invalid
        } else if any(Outcome::CannotTell) {
            Self::CannotTell
        } else {
            Self::Valid
        }
    }

    /// `valid`, `invalid` or `cannot-tell`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::CannotTell => "cannot-tell",
        }
    }
}

impl Step {
    /// Anchors and receipts only add to what inclusion proves: they can spoil it, but an undecided
    /// one takes nothing away. (A receipt without inclusion leaves inclusion undecided.)
    fn counts(&self) -> bool {
        self.outcome == Outcome::Failed || !matches!(self.name, StepName::Anchors | StepName::Receipt)
    }
}

impl Outcome {
    /// `passed`, `failed`, `cannot-tell` or `not-present`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::CannotTell => "cannot-tell",
            Self::NotPresent => "not-present",
        }
    }
}

impl StepName {
    /// The step's name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Event => "event",
            Self::Opening => "opening",
            Self::Checkpoint => "checkpoint",
            Self::Inclusion => "inclusion",
            Self::Head => "head",
            Self::Anchors => "anchors",
            Self::Receipt => "receipt",
        }
    }
}

/// Display and JSON are the word itself.
macro_rules! words {
    ($($kind:ty),*) => { $(
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )* };
}

words!(Verdict, Outcome, StepName);
