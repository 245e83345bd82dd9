//! `proveniq append`: appends one event and prints its receipt.

use std::path::Path;

use clap::Args;
use cloud::random::Random;
use serde_json::json;
use truth_kernel::body::{ClaimId, EventType, SubjectId};
use truth_kernel::canonical::{MAX_DEPTH, parse};
use truth_kernel::classification::{Level, Tag};
use truth_kernel::encoding::hex;

use crate::failure::{Exit, Failure};
use crate::http::{Client, Server};
use crate::output;
use crate::verify::read;

/// Appends an event and prints its receipt, an evidence document.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    /// What happened, such as `claim.filed`.
    #[arg(long = "type", value_name = "TYPE")]
    event_type: EventType,
    /// How sensitive it is: identity, transactional, operational, content or analytical.
    #[arg(long)]
    classification: Level,
    /// The claim that it belongs to.
    #[arg(long)]
    claim: Option<ClaimId>,
    /// The person that it is about.
    #[arg(long)]
    subject: Option<SubjectId>,
    /// What it is about, such as `claim` or `pii`.
    #[arg(long)]
    tag: Vec<Tag>,
    /// When it happened (RFC 3339).
    #[arg(long)]
    occurred_at: Option<String>,
    /// Makes it safe to run the same command again (default: one of this run's own).
    #[arg(long)]
    idempotency_key: Option<String>,
    /// The payload as JSON, `@FILE`, or `-` for standard input.
    payload: String,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let client = Client::new(&options.server)?;
    let body = body(options)?;
    let own = || hex(&Random::system().bytes::<16>());
    let key = options.idempotency_key.clone().unwrap_or_else(own);
    let receipt = client.post("/api/v1/events", Some(&key), body.as_bytes())?.success()?;
    output::line(&String::from_utf8_lossy(&receipt))?;
    Ok(Exit::Done)
}

/// The request, with the payload exactly as it was given: another serializer might change a number.
fn body(options: &Options) -> Result<String, Failure> {
    let payload = payload(&options.payload)?;
    let mut members = json!({
        "type": options.event_type.as_str(),
        "classification": options.classification,
        "tags": options.tag,
    });
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            members[name] = value.into();
        }
    };
    add("claim_id", options.claim.as_ref().map(ClaimId::as_str));
    add("subject_id", options.subject.as_ref().map(SubjectId::as_str));
    add("occurred_at", options.occurred_at.as_deref());
    let members = members.to_string();
    Ok(format!("{},\"payload\":{payload}}}", members.trim_end_matches('}')))
}

fn payload(argument: &str) -> Result<String, Failure> {
    let bytes = match argument.strip_prefix('@') {
        Some(file) => read(Path::new(file))?,
        None if argument == "-" => read(Path::new(argument))?,
        None => argument.as_bytes().to_vec(),
    };
    let refused = |error: String| Failure::new(Exit::Data, format!("the payload is refused: {error}"));
    parse(&bytes, MAX_DEPTH).map_err(|refusal| refused(refusal.to_string()))?;
    String::from_utf8(bytes).map_err(|error| refused(error.to_string()))
}
