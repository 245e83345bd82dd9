//! `proveniq tail`: follows the events, and the growth of the log with them.

use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::checkpoint::newest;
use crate::failure::{Exit, Failure};
use crate::http::{Client, Server};
use crate::memory::{self, Memory};
use crate::output;

/// Prints new events, one JSON object a line, and demands that each checkpoint contains the one before.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    memory: memory::Remembered,
    /// How many of the latest events to begin with.
    #[arg(long, short = 'n', default_value_t = 10)]
    lines: u64,
    /// Only events of this type.
    #[arg(long = "type")]
    event_type: Option<String>,
    /// Only events of this claim.
    #[arg(long)]
    claim: Option<String>,
    /// Seconds between two looks.
    #[arg(long, default_value_t = 1)]
    interval: u64,
    /// Ends after the first look.
    #[arg(long)]
    no_follow: bool,
}

#[derive(Deserialize)]
struct Page {
    events: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// What of an event is looked at.
#[derive(Deserialize)]
struct Event {
    seq: u64,
    #[serde(rename = "type")]
    kind: String,
    claim_id: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let client = Client::new(&options.server)?;
    let mut memory = Memory::open(&options.memory)?;
    let head = events_after(&client, 0, 1)?.last().map_or(0, |(event, _)| event.seq);
    let mut seen = head.saturating_sub(options.lines);
    loop {
        for (event, text) in events_after(&client, seen, PAGE)? {
            seen = event.seq;
            if options.wants(&event) {
                output::line(text.get())?;
            }
        }
        look_at_log(&client, &mut memory)?;
        if options.no_follow {
            return Ok(Exit::Done);
        }
        std::thread::sleep(Duration::from_secs(options.interval));
    }
}

/// Events of one page at most.
const PAGE: u64 = 500;

impl Options {
    fn wants(&self, event: &Event) -> bool {
        self.event_type.as_ref().is_none_or(|wanted| *wanted == event.kind)
            && self.claim.as_ref().is_none_or(|wanted| event.claim_id.as_ref() == Some(wanted))
    }
}

/// The events beyond a sequence number, oldest first; the list itself comes newest first. With a limit of 1, the newest alone.
fn events_after(client: &Client, seen: u64, limit: u64) -> Result<Vec<(Event, Box<RawValue>)>, Failure> {
    let limit_text = limit.to_string();
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = vec![("limit", limit_text.as_str())];
        query.extend(cursor.iter().map(|cursor| ("cursor", cursor.as_str())));
        let page: Page = client.get("/api/v1/events", &query)?.json()?;
        let mut older = false;
        for text in page.events {
            let event: Event = crate::http::parsed(text.get().as_bytes())?;
            older |= event.seq <= seen;
            if event.seq > seen {
                found.push((event, text));
            }
        }
        cursor = page.next_cursor.filter(|_| !older && limit > 1);
        if cursor.is_none() {
            found.reverse();
            return Ok(found);
        }
    }
}

fn look_at_log(client: &Client, memory: &mut Memory) -> Result<(), Failure> {
    match newest(client, None) {
        Ok(note) => memory.admit(client, &note).map(|_| ()),
        // Nothing was published yet.
        Err(failure) if failure.exit() == Exit::Refused => Ok(()),
        Err(failure) => Err(failure),
    }
}
