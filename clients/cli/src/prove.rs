//! `proveniq prove`: the evidence of an event.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Deserialize;
use serde::de::IgnoredAny;
use truth_kernel::id::EventId;

use crate::failure::{Exit, Failure};
use crate::http::{Client, Server, parsed};
use crate::memory::{self, Memory};
use crate::output;

/// Prints the evidence of an event, once its checkpoint was held against the last one seen.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    memory: memory::Remembered,
    /// The event, such as `evt_01a1…`.
    #[arg(required_unless_present = "newest")]
    event: Option<EventId>,
    /// The newest event instead of a named one.
    #[arg(long, conflicts_with = "event")]
    newest: bool,
    /// Waits for a proof that does not exist yet, at most so many seconds.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30")]
    wait: Option<u64>,
    /// The file to write (default: standard output).
    #[arg(long, short)]
    output: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Evidence {
    checkpoint: String,
    #[serde(default)]
    anchors: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Page {
    events: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: EventId,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let client = Client::new(&options.server)?;
    let mut memory = Memory::open(&options.memory)?;
    let event = match options.event {
        Some(event) => event,
        None => newest(&client)?,
    };
    let evidence = fetch(&client, event, Duration::from_secs(options.wait.unwrap_or(0)))?;
    let Evidence { checkpoint, anchors } = parsed(&evidence)?;
    if anchors.is_empty() {
        memory.admit(&client, &checkpoint)?;
    } else {
        memory.admit_anchored(&client, &checkpoint)?;
    }
    match &options.output {
        Some(path) => std::fs::write(path, &evidence).map_err(Failure::unwritable(path))?,
        None => output::line(&String::from_utf8_lossy(&evidence))?,
    }
    Ok(Exit::Done)
}

fn newest(client: &Client) -> Result<EventId, Failure> {
    let page: Page = client.get("/api/v1/events", &[("limit", "1")])?.json()?;
    let event = page.events.first().ok_or_else(|| Failure::new(Exit::Refused, "there is no event yet"))?;
    Ok(event.id)
}

/// Asks until there is a proof or the time is over.
fn fetch(client: &Client, event: EventId, patience: Duration) -> Result<Vec<u8>, Failure> {
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = format!("{}ms", left.min(Duration::from_secs(10)).as_millis());
        let answer = client.get(&format!("/api/v1/proofs/{event}"), &[("wait", &wait)])?;
        if answer.status != 202 {
            return answer.success();
        }
        if left.is_zero() {
            return Err(Failure::new(
                Exit::CannotTell,
                "the event is not yet under a published checkpoint; try again, or with --wait",
            ));
        }
        std::thread::sleep(Duration::from_millis(100).min(left));
    }
}
