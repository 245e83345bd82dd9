//! `prove`: the evidence of an event, held against the last checkpoint seen.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Deserialize;
use truth_kernel::evidence::MEDIA_TYPE;
use truth_kernel::header::Header;
use truth_kernel::id::EventId;
use truth_kernel::verify::{Verdict, verify};

use crate::client::{Answer, Client, Server};
use crate::failure::{self, Failure};
use crate::output::print;
use crate::remembered::{Memory, StateFolder};
use crate::trust::Trust;

/// How long --wait waits: events are sealed within seconds, so by then something is wrong.
const PATIENCE: Duration = Duration::from_secs(120);

/// Print the evidence of an event: the file that `verify` checks offline.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Wait until the event is under a published checkpoint.
    #[arg(long)]
    wait: bool,
    /// Write the evidence to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    state: StateFolder,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The event's id: `evt_…`.
    event: Option<EventId>,
    /// The newest event of the organization.
    #[arg(long)]
    newest: bool,
}

/// What is looked at in an evidence document before the kernel verifies all of it.
#[derive(Deserialize)]
struct Evidence {
    checkpoint: String,
    event: EventText,
}

#[derive(Deserialize)]
struct EventText {
    header: String,
}

/// Asks for the evidence, compares its checkpoint and prints it.
pub fn run(args: &Args) -> ExitCode {
    failure::exit(work(args))
}

fn work(args: &Args) -> Result<ExitCode, Failure> {
    let client = Client::new(&args.server);
    let memory = Memory { folder: args.state.resolve()?, client: &client, trust: args.trust.keys()? };
    let event = match args.which.event {
        Some(event) => event,
        None => newest(&client)?,
    };
    let document = ask(&client, event, args.wait)?.text;
    let note = check(&memory, event, &document)?;
    let observed = memory.observe(&note)?;
    match &args.output {
        Some(path) => fs::write(path, &document).map_err(Failure::unwritable(path))?,
        None => print(document.as_bytes())?,
    }
    eprintln!("{event} is proven. {observed}");
    Ok(ExitCode::SUCCESS)
}

/// A page may hold nothing and yet not be the last.
fn newest(client: &Client) -> Result<EventId, Failure> {
    #[derive(Deserialize)]
    struct Page {
        events: Vec<Found>,
        next_cursor: Option<String>,
    }
    #[derive(Deserialize)]
    struct Found {
        id: EventId,
    }
    let mut path = "/api/v1/events?limit=1".to_owned();
    loop {
        let page: Page = client.get_json(&path)?;
        match (page.events.first(), page.next_cursor) {
            (Some(found), _) => return Ok(found.id),
            (None, Some(cursor)) => path = format!("/api/v1/events?limit=1&cursor={cursor}"),
            (None, None) => return Err(Failure::Other("the organization has no events yet".to_owned())),
        }
    }
}

fn ask(client: &Client, event: EventId, wait: bool) -> Result<Answer, Failure> {
    let began = Instant::now();
    let path = format!("/api/v1/proofs/{event}{}", if wait { "?wait=5s" } else { "" });
    loop {
        let answer = client.get(&path, MEDIA_TYPE)?;
        if answer.status != 202 {
            return Ok(answer);
        }
        if !wait {
            return Err(Failure::Other(format!("{event} is not under a published checkpoint yet: try --wait")));
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::Other(format!("{event} is still not under a published checkpoint after {} s", PATIENCE.as_secs())));
        }
    }
}

/// Refuses what is not valid evidence of this event, and gives its checkpoint.
fn check(memory: &Memory<'_>, event: EventId, document: &str) -> Result<String, Failure> {
    let wrong = |fault: &str| Failure::Other(format!("the ledger's evidence of {event} is wrong: {fault}"));
    let report = verify(document.as_bytes(), &memory.trust);
    if let (Verdict::Invalid, Some(step)) = (report.verdict, report.failing_step()) {
        return Err(wrong(&format!("{}: {}", step.name, step.detail)));
    }
    let evidence: Evidence = serde_json::from_str(document).map_err(|error| wrong(&error.to_string()))?;
    let header = Header::parse(&evidence.event.header).map_err(|error| wrong(&error.to_string()))?;
    if header.id != event {
        return Err(wrong("it is of another event"));
    }
    Ok(evidence.checkpoint)
}
