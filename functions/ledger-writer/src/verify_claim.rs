//! `POST /api/v1/claims/{id}/verify`: verifies a claim's whole history and records that it did.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use truth_kernel::body::{Body, ClaimId};
use truth_kernel::canonical::{MAX_DEPTH, parse};
use truth_kernel::classification::{Level, Tag};
use truth_kernel::evidence::Evidence;
use truth_kernel::id::ApiKeyId;
use web::caller::{Authorized, Caller};
use web::event_type::CLAIM_VERIFIED;
use web::idempotency::IdempotencyKey;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::EventsWrite;

use crate::append::{Item, Made, Repeated, append, counted};
use crate::document::ClaimVerified;
use crate::event_request::EventRequest;
use crate::idempotency::digest;
use crate::verification::{Verification, verify};
use crate::writer::Writer;

/// What was found, and the event that says so.
#[derive(Serialize)]
struct Answer<'a> {
    claim_id: &'a ClaimId,
    verification: Value,
    evidence: Box<Evidence>,
}

/// The payload of the event.
#[derive(Serialize)]
struct Payload<'a> {
    /// The API key that asked.
    verified_by: ApiKeyId,
    #[serde(flatten)]
    found: &'a Verification,
}

/// Re-verifies a claim's whole history from the database: hashes, links, positions, openings and the inclusion of what is sealed.
/// The result is appended to the claim as `claim.verified`: a verification is itself evidence.
#[utoipa::path(
    post,
    path = "/api/v1/claims/{id}/verify",
    params(
        ("id" = String, Path, description = "The claim"),
        ("Idempotency-Key" = Option<String>, Header, description = "A repetition answers with the earlier verification"),
    ),
    responses(
        (status = 200, description = "What was found; `result` is `valid` or `invalid`", body = ClaimVerified),
        (status = 404, description = "There is no such claim", body = ProblemDocument<'static>, content_type = "application/problem+json"),
        (status = "default", description = "Any other refusal", body = ProblemDocument<'static>, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn verify_claim(
    State(writer): State<Writer>,
    Authorized { caller, .. }: Authorized<EventsWrite>,
    ParsedPath(claim): ParsedPath<ClaimId>,
    key: Option<IdempotencyKey>,
) -> Result<Response, Problem> {
    let found = verify(&writer, &caller, &claim).await?.ok_or_else(Problem::not_found)?;
    let event = event(&caller, &claim, &found)?;
    let verified = event.body.payload.clone();
    let key = key.map(|key| digest(&format!("/api/v1/claims/{claim}/verify"), &key));
    let item = Item { repeated: Repeated::SameType, ..Item::new(event, key, String::new()) };
    let done = append(&writer, caller, item).await?;
    let counted = counted([&done]);
    let verification = match &done.made {
        Made::Now(_) => Value::from(&verified),
        Made::Earlier(body) => Value::from(&Body::parse(body).map_err(|_| Problem::internal())?.payload),
    };
    let answer = Answer { claim_id: &claim, verification, evidence: done.evidence };
    let body = serde_json::to_vec(&answer).map_err(|_| Problem::internal())?;
    Ok((counted, [(CONTENT_TYPE, "application/json")], body).into_response())
}

/// `claim.verified`: who verified, what was found, and where the claim stood.
fn event(caller: &Caller, claim: &ClaimId, found: &Verification) -> Result<EventRequest, Problem> {
    let json = serde_json::to_vec(&Payload { verified_by: caller.key, found }).map_err(|_| Problem::internal())?;
    let body = Body {
        claim_id: Some(claim.clone()),
        occurred_at: None,
        payload: parse(&json, MAX_DEPTH)?,
        subject_id: None,
        tags: [Tag::Claim].into_iter().collect(),
    };
    let event_type = CLAIM_VERIFIED.parse().map_err(|_| Problem::internal())?;
    Ok(EventRequest::new(event_type, Level::Operational, body))
}
