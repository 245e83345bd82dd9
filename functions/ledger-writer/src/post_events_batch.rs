//! `POST /api/v1/events/batch`: appends up to 500 events, each for itself.

use axum::Extension;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use truth_kernel::canonical::{MAX_DEPTH, Refusal, parse};
use truth_kernel::evidence::Evidence;
use web::caller::Authorized;
use web::idempotency::{IdempotencyKey, NotAnIdempotencyKey};
use web::json::JsonBytes;
use web::metrics::Counted;
use web::problem::{Problem, ProblemDocument};
use web::scope::EventsWrite;

use crate::append::{Done, Item, append_all, counted};
use crate::batch::{MOST, NotABatch, items};
use crate::document::{BatchBody, BatchResults};
use crate::event_request::{EventRequest, REQUEST_DEPTH};
use crate::idempotency::{EVENTS, digest};
use crate::writer::Writer;

/// Bytes of a batch.
const BATCH_LIMIT: usize = 8 * 1024 * 1024;

/// What became of each event, in order.
#[derive(Serialize)]
struct Results {
    results: Vec<ItemResult>,
}

/// What became of one event: as the answer that it would have got alone.
#[derive(Serialize)]
struct ItemResult {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Box<Evidence>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Appends up to 500 events. Each succeeds or fails by itself, in this order within its chain and claim.
///
/// An event's key is its `idempotency_key`, or `<Idempotency-Key>/<index>`; the same as for a single event.
#[utoipa::path(
    post,
    path = "/api/v1/events/batch",
    params(("Idempotency-Key" = Option<String>, Header, description = "The key of event n is <key>/n, counted from 0, if it has none of its own")),
    request_body(content = BatchBody, content_type = "application/json"),
    responses(
        (status = 200, description = "One result per event, in order", body = BatchResults),
        (status = 400, description = "Not JSON", body = ProblemDocument<'static>, content_type = "application/problem+json"),
        (status = 413, description = "More than 8 MiB", body = ProblemDocument<'static>, content_type = "application/problem+json"),
        (status = 422, description = "Not a list of 1 to 500 events", body = ProblemDocument<'static>, content_type = "application/problem+json"),
        (status = "default", description = "Any other refusal", body = ProblemDocument<'static>, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_events_batch(
    State(writer): State<Writer>,
    Authorized { caller, .. }: Authorized<EventsWrite>,
    key: Option<IdempotencyKey>,
    JsonBytes(bytes): JsonBytes<BATCH_LIMIT>,
) -> Result<Response, Problem> {
    let places = items(&bytes).map_err(|fault| refuse(&bytes, fault))?;
    if places.is_empty() {
        return Err(refuse(&bytes, NotABatch::Form));
    }
    let mut parsed = Vec::with_capacity(places.len());
    let mut refused = Vec::new();
    for (index, place) in places.into_iter().enumerate() {
        let start = place.start;
        match item(&bytes[place], start, index, key.as_ref()) {
            Ok(item) => parsed.push(item),
            Err(problem) => refused.push((index, problem)),
        }
    }
    let appended = append_all(&writer, caller, &parsed).await;
    let counted = counted(appended.iter().flatten());
    let mut results: Vec<_> = appended.into_iter().map(ItemResult::from).collect();
    // In ascending order, so that each lands at its own place.
    for (index, problem) in refused {
        results.insert(index, Err(problem).into());
    }
    answer(counted, &Results { results })
}

fn item(text: &[u8], start: usize, index: usize, batch_key: Option<&IdempotencyKey>) -> Result<Item, Problem> {
    let at = format!("/events/{index}");
    let value = parse(text, REQUEST_DEPTH).map_err(|refusal| within_batch(&refusal, start, &at))?;
    let (event, own_key) = EventRequest::parse_item(value, &at)?;
    let key = match own_key {
        Some(key) => Some(key),
        None => batch_key.map(|key| key.item(index)).transpose().map_err(|NotAnIdempotencyKey| {
            Problem::invalid_idempotency_key().with_detail("too long with the number of the event behind it")
        })?,
    };
    Ok(Item::new(event, key.map(|key| digest(EVENTS, &key)), at))
}

/// The gate's refusal of an item, told with its place in the batch.
fn within_batch(refusal: &Refusal, start: usize, at: &str) -> Refusal {
    Refusal { kind: refusal.kind, offset: start + refusal.offset, pointer: format!("{at}{}", refusal.pointer) }
}

/// Says what is wrong with the whole: the gate knows where, if it is not even JSON.
fn refuse(bytes: &[u8], fault: NotABatch) -> Problem {
    let invalid = |detail: String| Problem::invalid_request().with_error("/events", detail);
    match fault {
        NotABatch::TooMany => invalid(format!("more than {MOST} events")),
        // Two levels more than an event of its own: the list and the object around it.
        NotABatch::Form => match parse(bytes, MAX_DEPTH + 3) {
            Err(refusal) => refusal.into(),
            Ok(_) => invalid(format!("the body is {{\"events\":[…]}} with 1 to {MOST} events and nothing else")),
        },
    }
}

fn answer(counted: Extension<Counted>, results: &Results) -> Result<Response, Problem> {
    let mut body = Vec::with_capacity(2048 * results.results.len());
    serde_json::to_writer(&mut body, results).map_err(|_| Problem::internal())?;
    Ok((counted, [(CONTENT_TYPE, "application/json")], body).into_response())
}

impl From<Result<Done, Problem>> for ItemResult {
    fn from(answer: Result<Done, Problem>) -> Self {
        match answer {
            Ok(done) => {
                let replayed = done.is_earlier().then_some(true);
                Self { status: 201, replayed, evidence: Some(done.evidence), problem: None }
            }
            Err(problem) => {
                Self { status: problem.kind().status.as_u16(), replayed: None, evidence: None, problem: Some(problem) }
            }
        }
    }
}
