//! `proveniq verify`: checks a document offline, step by step, without any state.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use truth_kernel::verify::{Outcome, Report, Step, StepName, Verdict, verify, verify_with_anchors};

use crate::anchors;
use crate::failure::{Exit, Failure};
use crate::output::{self, Palette, Tone, printable};
use crate::trust;

/// Verifies evidence, a batch or a claim's history offline: exit code 0 valid, 1 invalid, 2 cannot tell.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The document, or `-` for standard input.
    file: PathBuf,
    /// A key that you trust, or a file of such keys, one a line. Keys inside the document are never believed.
    #[arg(long, value_name = "VKEY|FILE")]
    trust: Vec<String>,
    /// A PEM file of the roots that you trust to appoint timestamp authorities; without it, anchors are not checked.
    #[arg(long, value_name = "FILE")]
    tsa_roots: Option<PathBuf>,
    /// Takes evidence without an anchor that these roots vouch for as undecided: exit code 2.
    #[arg(long, requires = "tsa_roots")]
    require_anchor: bool,
    /// Prints the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let trust = trust::read(&options.trust)?;
    let roots = options.tsa_roots.as_deref().map(anchors::read_roots).transpose()?;
    let document = read(&options.file)?;
    let mut report = match &roots {
        Some(roots) => verify_with_anchors(&document, &trust, &|claim| anchors::check(claim, roots)),
        None => verify(&document, &trust),
    };
    if options.require_anchor && report.verdict == Verdict::Valid && !is_anchored(&report) {
        report.verdict = Verdict::CannotTell;
    }
    let text = if options.json { json(&report) } else { text(&report, Palette::of_stdout()) };
    output::line(&text)?;
    Ok(match report.verdict {
        Verdict::Valid => Exit::Done,
        Verdict::Invalid => Exit::Refused,
        Verdict::CannotTell => Exit::CannotTell,
    })
}

fn is_anchored(report: &Report) -> bool {
    report.steps.iter().any(|step| step.name == StepName::Anchors && step.outcome == Outcome::Passed)
}

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() != "-" {
        return std::fs::read(path).map_err(Failure::unreadable(path));
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(Failure::unreadable(Path::new("standard input")))?;
    Ok(bytes)
}

fn json(report: &Report) -> String {
    // Texts and words alone: this cannot fail.
    serde_json::to_string_pretty(report).unwrap_or_default()
}

fn text(report: &Report, palette: Palette) -> String {
    let mut lines: Vec<_> = report.steps.iter().map(|step| line(step, palette)).collect();
    lines.extend(
        report
            .unchecked
            .iter()
            .map(|member| format!("{} {}", palette.paint(Tone::Quiet, "not checked "), printable(member))),
    );
    lines.push(verdict(report, palette));
    lines.join("\n")
}

fn line(step: &Step, palette: Palette) -> String {
    let tone = match step.outcome {
        Outcome::Passed => Tone::Good,
        Outcome::Failed => Tone::Bad,
        Outcome::CannotTell => Tone::Unsure,
        Outcome::NotPresent => Tone::Quiet,
    };
    let outcome = palette.paint(tone, &format!("{:<12}", step.outcome));
    format!("{outcome} {:<11} {}", step.name, printable(&step.detail).replace('\n', " "))
}

fn verdict(report: &Report, palette: Palette) -> String {
    let because = report.failing_step().map(|step| format!(": see {}", step.name)).unwrap_or_default();
    let (tone, word) = match report.verdict {
        Verdict::Valid => (Tone::Good, "VALID"),
        Verdict::Invalid => (Tone::Bad, "INVALID"),
        Verdict::CannotTell => (Tone::Unsure, "CANNOT TELL"),
    };
    format!("{}{because}", palette.paint(tone, word))
}
