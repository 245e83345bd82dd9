//! `proveniq doctor`: what this machine lacks for running and measuring the ledger, and how to mend it.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use clap::Args;
use private_postgres::Binaries;

use crate::failure::{Exit, Failure};
use crate::output::{self, Palette, Tone};

/// Says what this machine lacks and how to mend it: exit code 0 nothing that is needed, 1 something.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The first of the two ports that `bin/dev` listens on.
    #[arg(long, default_value_t = 8801)]
    port: u16,
}

/// What was found out about one thing.
struct Finding {
    name: &'static str,
    state: State,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fine,
    /// Nothing works without it.
    Missing,
    /// Only something else works without it.
    Optional,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let mut findings = vec![compiler(), postgres(), state_folder()];
    findings.extend([port(options.port), port(options.port.saturating_add(1))]);
    findings.extend([program("curl", "pasting the walk-through of bin/dev", "apt-get install curl"), node()]);
    let palette = Palette::of_stdout();
    for Finding { name, state, detail } in &findings {
        let (tone, word) = match state {
            State::Fine => (Tone::Good, "fine"),
            State::Missing => (Tone::Bad, "missing"),
            State::Optional => (Tone::Unsure, "without"),
        };
        output::line(&format!("{} {name:<16} {detail}", palette.paint(tone, &format!("{word:<8}"))))?;
    }
    let lacks = findings.iter().any(|finding| finding.state == State::Missing);
    Ok(if lacks { Exit::Refused } else { Exit::Done })
}

fn fine(name: &'static str, detail: String) -> Finding {
    Finding { name, state: State::Fine, detail }
}

fn missing(name: &'static str, detail: String) -> Finding {
    Finding { name, state: State::Missing, detail }
}

/// The first line that a program prints about its version.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

fn compiler() -> Finding {
    let name = "C compiler";
    match version("cc") {
        Some(version) => fine(name, version),
        None => missing(
            name,
            "cc, with which Rust links: apt-get install gcc libc6-dev (macOS: xcode-select --install)".into(),
        ),
    }
}

fn postgres() -> Finding {
    let name = "PostgreSQL";
    match Binaries::find() {
        Ok(found) => fine(name, format!("version {} in {}", found.major(), found.folder().display())),
        Err(error) => missing(
            name,
            format!("{error}; bin/dev brings it, or: apt-get install postgresql, or set PG_BIN to its programs"),
        ),
    }
}

fn state_folder() -> Finding {
    let name = "state folder";
    match private_postgres::state_dir() {
        Ok(folder) => fine(name, folder.display().to_string()),
        Err(error) => missing(name, format!("{error}; set PROVENIQ_STATE to a folder of your own")),
    }
}

fn port(number: u16) -> Finding {
    let name = "port";
    match TcpListener::bind(("127.0.0.1", number)) {
        Ok(_) => fine(name, format!("{number} is free")),
        Err(_) => Finding {
            name,
            state: State::Optional,
            detail: format!("{number} is in use: by a running bin/dev, or choose others with bin/dev --port"),
        },
    }
}

fn program(name: &'static str, purpose: &str, remedy: &str) -> Finding {
    match version(name) {
        Some(version) => fine(name, version),
        None => Finding { name, state: State::Optional, detail: format!("needed for {purpose}: {remedy}") },
    }
}

/// The peer in the benchmark needs version 20.
fn node() -> Finding {
    let name = "node";
    let remedy = "the peer in bin/bench: version 20 or newer, apt-get install nodejs";
    match version(name) {
        Some(version)
            if version
                .trim_start_matches('v')
                .split('.')
                .next()
                .and_then(|major| major.parse().ok())
                .is_some_and(|major: u32| major >= 20) =>
        {
            fine(name, version)
        }
        Some(version) => Finding { name, state: State::Optional, detail: format!("{version} is too old for {remedy}") },
        None => program(name, "the peer in bin/bench", "apt-get install nodejs"),
    }
}
