//! `append`: writes one event and prints its receipt.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::value::RawValue;
use truth_kernel::body::{ClaimId, EventType, SubjectId};
use truth_kernel::canonical::Canonical;
use truth_kernel::classification::{Level, Tag};
use truth_kernel::time::Timestamp;

use crate::client::{Client, Server};
use crate::failure::{self, Failure};
use crate::output::print;

/// Append one event and print its signed receipt.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What happened, such as claim.filed.
    #[arg(long = "type", value_name = "TYPE")]
    event_type: EventType,
    /// How sensitive it is: identity, transactional, operational, content or analytical.
    #[arg(long, value_name = "LEVEL")]
    classification: Level,
    /// The claim that it belongs to.
    #[arg(long, value_name = "ID")]
    claim: Option<ClaimId>,
    /// The person that it is about.
    #[arg(long, value_name = "ID")]
    subject: Option<SubjectId>,
    /// What it is about; may be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<Tag>,
    /// When it happened (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    occurred_at: Option<Timestamp>,
    /// A key under which the same command may be repeated: the event is written once.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// The payload as JSON, @file, or - for standard input.
    #[arg(value_name = "PAYLOAD|@FILE|-")]
    payload: String,
    #[command(flatten)]
    server: Server,
}

/// The body of `POST /api/v1/events`.
#[derive(Serialize)]
struct Event<'a> {
    r#type: &'a str,
    classification: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_id: Option<&'a str>,
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Timestamp>,
    payload: Box<RawValue>,
}

/// Appends the event.
pub fn run(args: &Args) -> ExitCode {
    failure::exit(work(args))
}

fn work(args: &Args) -> Result<ExitCode, Failure> {
    let text = read(&args.payload)?;
    let body = body(args, &text)?;
    let key = args.idempotency_key.as_deref();
    let answer = Client::new(&args.server).post("/api/v1/events", &body, key)?;
    print(answer.text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn read(payload: &str) -> Result<Vec<u8>, Failure> {
    if let Some(file) = payload.strip_prefix('@') {
        return fs::read(file).map_err(Failure::unreadable(Path::new(file)));
    }
    if payload != "-" {
        return Ok(payload.as_bytes().to_vec());
    }
    let mut text = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut text);
    read.map_err(Failure::unreadable(Path::new("standard input")))?;
    Ok(text)
}

/// The gate stands here too: what the ledger would refuse is refused before it is sent.
fn body(args: &Args, payload: &[u8]) -> Result<String, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::Other(format!("the payload is refused: {error}"));
    let canonical = Canonical::from_json(payload).map_err(|error| refused(&error))?;
    let event = Event {
        r#type: args.event_type.as_str(),
        classification: args.classification.as_str(),
        claim_id: args.claim.as_ref().map(ClaimId::as_str),
        subject_id: args.subject.as_ref().map(SubjectId::as_str),
        tags: args.tags.iter().map(|tag| tag.as_str()).collect(),
        occurred_at: args.occurred_at,
        payload: RawValue::from_string(canonical.into_string()).map_err(|error| refused(&error))?,
    };
    serde_json::to_string(&event).map_err(|error| refused(&error))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use clap::Parser;

    use super::{Args, body};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn line(more: &[&str]) -> Result<Args, clap::Error> {
        let fixed = ["append", "--url", "http://x", "--key", "k", "--type", "claim.filed", "--classification", "transactional"];
        Line::try_parse_from(fixed.iter().chain(more)).map(|line| line.args)
    }

    #[test]
    fn an_event_holds_what_the_command_line_says() {
        let args = line(&["--claim", "C 1", "--tag", "claim", "--tag", "pii", "--occurred-at", "2026-11-20T22:44:05+01:00", "-"]).unwrap();
        assert_eq!(
            body(&args, br#" {"b":1.50,"a":"x"} "#).unwrap(),
            r#"{"type":"claim.filed","classification":"transactional","claim_id":"C 1","tags":["claim","pii"],"occurred_at":"2026-11-20T21:44:05.000Z","payload":{"a":"x","b":1.5}}"#
        );
    }

    #[test]
    fn what_the_ledger_would_refuse_is_refused_before_it_is_sent() {
        let args = line(&["{}"]).unwrap();
        for payload in [r#"{"a":1,"a":2}"#, "{", "", r#"{"a":9007199254740993}"#] {
            assert!(body(&args, payload.as_bytes()).is_err(), "{payload}");
        }
        for wrong in [["--tag", "nonsense", "{}"], ["--occurred-at", "yesterday", "{}"], ["--claim", "", "{}"]] {
            assert!(line(&wrong).is_err(), "{wrong:?}");
        }
    }
}
