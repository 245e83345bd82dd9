//! Documents as a ledger writes them: good ones verify, changed ones do not, and nothing panics.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::Value;
use truth_kernel::note::VerifierKey;
use truth_kernel::verify::{Outcome, Report, StepName, Verdict, verify};

mod documents {
    pub mod anchors;
    pub mod arbitrary;
    pub mod batch;
    pub mod evidence;
    pub mod history;
    pub mod ledger;
}

/// Verifies a document that was edited as JSON.
fn verify_value(document: &Value, trust: &[VerifierKey]) -> Report {
    verify(&serde_json::to_vec(document).unwrap(), trust)
}

/// The verdict and the step that decided it.
fn decision(report: &Report) -> (Verdict, Option<StepName>) {
    (report.verdict, report.failing_step().map(|step| step.name))
}

fn outcome(report: &Report, name: StepName) -> Option<Outcome> {
    report.step(name).map(|step| step.outcome)
}

/// Changes every byte of a valid document, one at a time, and expects none to go unnoticed.
fn no_byte_can_change(document: &[u8], trust: &[VerifierKey]) {
    assert_eq!(verify(document, trust).verdict, Verdict::Valid);
    for at in 0..document.len() {
        for change in [0x01, 0x20, 0x80] {
            let mut changed = document.to_vec();
            changed[at] ^= change;
            let report = verify(&changed, trust);
            let noticed = report.verdict != Verdict::Valid || !report.unchecked.is_empty();
            assert!(noticed, "byte {at}: {}", String::from_utf8_lossy(&changed));
        }
    }
}
