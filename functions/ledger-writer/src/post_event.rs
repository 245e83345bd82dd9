//! `POST /api/v1/events`: appends one event.

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use truth_kernel::canonical::parse;
use truth_kernel::evidence::MEDIA_TYPE;
use web::caller::Authorized;
use web::idempotency::IdempotencyKey;
use web::json::JsonBytes;
use web::problem::{Problem, ProblemDocument};
use web::scope::EventsWrite;
use web::telemetry::about;

use crate::append::{Done, Item, append, counted};
use crate::document::{EventBody, EvidenceDocument};
use crate::event_request::{EventRequest, REQUEST_DEPTH, REQUEST_LIMIT};
use crate::idempotency::{EVENTS, digest};
use crate::writer::Writer;

/// Says that an earlier request under the same key made what is answered.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Appends an event and answers with its receipt.
///
/// A repetition under the same `Idempotency-Key` gets the same answer, with `Idempotent-Replayed: true`.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; makes it safe to send the event again")),
    request_body(content = EventBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The event is durable", body = EvidenceDocument, content_type = "application/vnd.proveniq.evidence+json"),
        (status = 400, description = "Not JSON that can be kept unchanged", body = ProblemDocument<'static>, content_type = "application/problem+json"),
        (status = 413, description = "The payload has more than 256 KiB", body = ProblemDocument<'static>, content_type = "application/problem+json"),
        (status = 422, description = "An invalid event, an unknown type, a payload that does not fit, or a key used for another event",
         body = ProblemDocument<'static>, content_type = "application/problem+json"),
        (status = 503, description = "The outcome is unknown: send it again with the same key",
         body = ProblemDocument<'static>, content_type = "application/problem+json"),
        (status = "default", description = "Any other refusal", body = ProblemDocument<'static>, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_event(
    State(writer): State<Writer>,
    Authorized { caller, .. }: Authorized<EventsWrite>,
    key: Option<IdempotencyKey>,
    JsonBytes(bytes): JsonBytes<REQUEST_LIMIT>,
) -> Result<Response, Problem> {
    let event = EventRequest::parse(parse(&bytes, REQUEST_DEPTH)?, "")?;
    let key = key.map(|key| digest(EVENTS, &key));
    let done = append(&writer, caller, Item::new(event, key, String::new())).await?;
    about(done.id);
    created(&done)
}

/// A replay answers as the first request did, as other APIs do (Stripe: "the same status code and body").
fn created(done: &Done) -> Result<Response, Problem> {
    let mut body = Vec::with_capacity(3072);
    serde_json::to_writer(&mut body, &done.evidence).map_err(|_| Problem::internal())?;
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Ok(location) = HeaderValue::try_from(format!("{EVENTS}/{}", done.id)) {
        headers.insert(LOCATION, location);
    }
    if done.is_earlier() {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok((StatusCode::CREATED, counted([done]), headers, body).into_response())
}
