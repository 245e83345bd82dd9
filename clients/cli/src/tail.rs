//! `tail`: the newest events, oldest first, and then those that come.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::client::{Client, Server};
use crate::failure::{self, Failure};
use crate::output::{print, printable};
use crate::remembered::{Memory, StateFolder};
use crate::trust::Trust;

/// Between two looks for new events.
const PAUSE: Duration = Duration::from_secs(1);

/// Events of one page.
const PAGE: usize = 50;

/// Print the newest events, the oldest of them first; the log must contain the last checkpoint seen.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many events to begin with.
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N")]
    limit: usize,
    /// Go on with events as they come.
    #[arg(long, short)]
    follow: bool,
    /// Print every event whole, as one line of JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    state: StateFolder,
}

#[derive(Deserialize)]
struct Page {
    events: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// What a line shows of an event.
#[derive(Deserialize)]
struct Event {
    seq: u64,
    time: String,
    #[serde(rename = "type")]
    event_type: String,
    claim_id: Option<String>,
    id: String,
}

/// Prints events.
pub fn run(args: &Args) -> ExitCode {
    failure::exit(work(args))
}

fn work(args: &Args) -> Result<ExitCode, Failure> {
    let client = Client::new(&args.server);
    let memory = Memory { folder: args.state.resolve()?, client: &client, trust: args.trust.keys()? };
    let mut size = look(&memory, None)?;
    let mut last = show(newest(&client, args.limit, None)?, args.json)?;
    while args.follow {
        thread::sleep(PAUSE);
        size = look(&memory, size)?;
        // On an empty chain everything is new.
        let come = newest(&client, usize::MAX, Some(last.unwrap_or(0)))?;
        last = show(come, args.json)?.or(last);
    }
    Ok(ExitCode::SUCCESS)
}

/// Holds the log's checkpoint against the last one seen; says so once, when following.
fn look(memory: &Memory<'_>, known: Option<u64>) -> Result<Option<u64>, Failure> {
    let Some(note) = memory.client.checkpoint(None)? else { return Ok(known) };
    let observed = memory.observe(&note)?;
    if known.is_none() {
        eprintln!("{observed}");
    }
    Ok(Some(observed.size()))
}

/// The newest events, oldest first: as many, and none up to and with `after`.
fn newest(client: &Client, limit: usize, after: Option<u64>) -> Result<Vec<(Event, Box<RawValue>)>, Failure> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    while found.len() < limit {
        let path = format!("/api/v1/events?limit={}{cursor}", (limit - found.len()).min(PAGE));
        let page: Page = client.get_json(&path)?;
        for text in page.events {
            let event: Event = serde_json::from_str(text.get()).map_err(|error| client.foreign(&path, error.to_string()))?;
            if after.is_some_and(|after| event.seq <= after) {
                found.reverse();
                return Ok(found);
            }
            found.push((event, text));
        }
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    found.reverse();
    Ok(found)
}

/// Prints the events, and says which number the last one has.
fn show(events: Vec<(Event, Box<RawValue>)>, json: bool) -> Result<Option<u64>, Failure> {
    let mut last = None;
    for (event, text) in events {
        let line = if json { text.get().to_owned() } else { line(&event) };
        print(line.as_bytes())?;
        last = Some(event.seq);
    }
    Ok(last)
}

fn line(Event { seq, time, event_type, claim_id, id }: &Event) -> String {
    let claim = claim_id.as_deref().unwrap_or("-");
    printable(&format!("{seq:>8}  {time}  {event_type:<18} {claim:<20} {id}")).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{line, newest};
    use crate::client::tests::serve;

    fn page(seqs: &[u64], next: &str) -> (u16, String) {
        let event = |seq: &u64| format!(r#"{{"seq":{seq},"time":"t","type":"claim.filed","claim_id":"a\nb","id":"evt_{seq}","payload":{{}}}}"#);
        let events: Vec<_> = seqs.iter().map(event).collect();
        (200, format!(r#"{{"events":[{}],"next_cursor":{next}}}"#, events.join(",")))
    }

    #[test]
    fn events_come_oldest_first_over_pages_that_may_be_empty() {
        let (client, asked) = serve(vec![page(&[9, 8], "\"a\""), page(&[], "\"b\""), page(&[7], "null")]);
        let seqs = |events: Vec<(super::Event, _)>| events.iter().map(|(event, _)| event.seq).collect::<Vec<_>>();
        assert_eq!(seqs(newest(&client, 10, None).unwrap()), [7, 8, 9]);
        assert_eq!(asked.recv().unwrap().0, "get /api/v1/events?limit=10 http/1.1");
        assert_eq!(asked.recv().unwrap().0, "get /api/v1/events?limit=8&cursor=a http/1.1");
        let (client, _asked) = serve(vec![page(&[9, 8], "\"a\""), page(&[7, 6, 5], "\"b\"")]);
        let events = newest(&client, usize::MAX, Some(6)).unwrap();
        assert_eq!(line(&events[0].0).lines().count(), 1);
        assert_eq!(seqs(events), [7, 8, 9]);
    }
}
