//! `POST /api/v1/proofs/batch`: one document for many events.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::event::StoredEvent;
use store::{Store, Tx};
use truth_kernel::id::EventId;
use utoipa::ToSchema;
use web::caller::{Authorized, Caller};
use web::evidence::Document;
use web::json::StrictJson;
use web::metrics::Counted;
use web::problem::{Problem, ProblemDocument};
use web::scope::ProofsRead;

use crate::batch;
use crate::batch_request::BatchRequest;
use crate::pending::Pending;

/// 500 ids and some spaces.
const LIMIT: usize = 64 * 1024;

/// The events to prove: either `events`, or `chain`, `first_seq` and `count`.
#[derive(Debug, Serialize, ToSchema)]
struct ProofsRequest {
    /// Up to 500 event ids, each once.
    #[schema(required = false, nullable = false)]
    events: Option<Vec<String>>,
    /// `ledger` or `audit`.
    #[schema(required = false, nullable = false)]
    chain: Option<String>,
    /// The first sequence number, from 1.
    #[schema(required = false, nullable = false)]
    first_seq: Option<u64>,
    /// How many events, 1 to 500.
    #[schema(required = false, nullable = false)]
    count: Option<u32>,
}

/// One proof for many events, all under one checkpoint.
#[utoipa::path(post, path = "/api/v1/proofs/batch", request_body = ProofsRequest, tag = "proofs", responses(
    (status = 200, content_type = "application/vnd.proveniq.evidence+json", body = Object, description = "The batch document."),
    (status = 202, body = Pending, description = "Not all of them are under a published checkpoint yet."),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn post_proofs(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<ProofsRead>,
    StrictJson(body): StrictJson<LIMIT>,
) -> Result<Response, Problem> {
    let request = BatchRequest::parse(&body)?;
    let (mut tx, events) = find(&state.store, &caller, &request).await?;
    let batch = batch::prove(&state.witness, &mut tx, events).await?;
    drop(tx);
    Ok(match batch {
        Some(batch) => {
            let document = Document(batch.disclose(&state.witness).await?);
            (Extension(Counted::Proof("batch")), document).into_response()
        }
        None => Pending::answer(),
    })
}

/// All of the events: one that is missing, or another organization's, is a 404.
async fn find(store: &Store, caller: &Caller, request: &BatchRequest) -> Result<(Tx, Vec<StoredEvent>), Problem> {
    let (tx, events) = store.read(caller.org, request.wanted(caller.mode)).await?;
    match request {
        BatchRequest::Events(ids) => {
            if let Some(at) = first_missing(ids, &events) {
                return Err(Problem::not_found().with_error(format!("/events/{at}"), "no such event"));
            }
        }
        BatchRequest::Range { count, .. } => {
            if events.len() != *count as usize {
                return Err(Problem::not_found().with_detail("the chain does not reach that far yet"));
            }
        }
    }
    Ok((tx, events))
}

/// The events come in the order of the ids.
fn first_missing(ids: &[EventId], events: &[StoredEvent]) -> Option<usize> {
    let differs = |(at, id): (usize, &EventId)| events.get(at).is_none_or(|event| event.header.id != *id).then_some(at);
    ids.iter().enumerate().find_map(differs)
}
