//! `verify`: checks an evidence file, offline and without any state.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use truth_kernel::verify::{Outcome, Report, Step, Verdict, verify};

use crate::failure::{self, Failure};
use crate::output::{print, printable};
use crate::trust::Trust;

/// Verify an evidence, batch or history file offline: exit 0 valid, 1 invalid, 2 cannot tell.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; - for standard input.
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    #[command(flatten)]
    trust: Trust,
    /// Print the whole report as JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies the file and prints the report.
pub fn run(args: &Args) -> ExitCode {
    failure::exit(work(args))
}

fn work(args: &Args) -> Result<ExitCode, Failure> {
    let trust = args.trust.keys()?;
    let document = read(&args.file)?;
    let report = verify(&document, &trust);
    let text = if args.json {
        serde_json::to_string(&report).map_err(|error| Failure::Other(error.to_string()))?
    } else if io::stdout().is_terminal() {
        for_people(&report)
    } else {
        plain(&report)
    };
    print(text.as_bytes())?;
    Ok(ExitCode::from(code(report.verdict)))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() != "-" {
        return fs::read(path).map_err(Failure::unreadable(path));
    }
    let mut document = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut document);
    read.map_err(Failure::unreadable(Path::new("standard input")))?;
    Ok(document)
}

const fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Valid => 0,
        Verdict::Invalid => 1,
        Verdict::CannotTell => 2,
    }
}

/// One line a step, the verdict last: for other programs.
fn plain(report: &Report) -> String {
    let line = |step: &Step| format!("{} {}: {}\n", step.name, step.outcome, printable(&step.detail));
    let mut text: String = report.steps.iter().map(line).collect();
    for pointer in &report.unchecked {
        text += &format!("unchecked {}\n", printable(pointer));
    }
    text + &format!("verdict {}\n", report.verdict)
}

/// The same with marks and colours.
fn for_people(report: &Report) -> String {
    let mut text = String::new();
    for Step { name, outcome, detail } in &report.steps {
        let (color, mark) = match outcome {
            Outcome::Passed => (32, '✓'),
            Outcome::Failed => (31, '✗'),
            Outcome::CannotTell => (33, '?'),
            Outcome::NotPresent => (90, '·'),
        };
        text += &format!("\x1b[{color}m{mark}\x1b[0m {name:<10} {}\n", printable(detail));
    }
    for pointer in &report.unchecked {
        text += &format!("  not checked: {}\n", printable(pointer));
    }
    let (color, sentence) = match report.verdict {
        Verdict::Valid => (32, "VALID: the log holds this event exactly as the file shows it."),
        Verdict::Invalid => (31, "INVALID: do not rely on this file."),
        Verdict::CannotTell => (33, "CANNOT TELL: nothing is wrong, but something is missing (see ? above)."),
    };
    text + &format!("\x1b[1;{color}m{sentence}\x1b[0m\n")
}

#[cfg(test)]
mod tests {
    use super::{code, for_people, plain, verify};

    #[test]
    fn bytes_that_are_no_evidence_are_invalid_and_every_step_has_a_line() {
        let report = verify(b"{}", &[]);
        assert_eq!(code(report.verdict), 1);
        let text = plain(&report);
        assert_eq!(text.lines().count(), report.steps.len() + report.unchecked.len() + 1);
        assert!(text.starts_with("format failed: "), "{text}");
        assert!(text.ends_with("verdict invalid\n"), "{text}");
        assert!(for_people(&report).contains("INVALID"));
    }
}
