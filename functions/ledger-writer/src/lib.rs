//! `ledger-writer`: takes events, decides, appends them durably and answers with a signed receipt.

mod append;
mod batch;
mod document;
mod event_request;
mod idempotency;
mod members;
mod post_event;
mod post_events_batch;
mod registry;
mod replay;
mod start;
mod verification;
mod verify_claim;
mod writer;

use axum::routing::post;
use utoipa::OpenApi;
use web::endpoints::Endpoints;

pub use self::event_request::{EventRequest, PAYLOAD_LIMIT};
pub use self::registry::EventTypes;
pub use self::start::start;
pub use self::writer::{Parts, Writer};

/// The function's endpoints.
pub fn endpoints() -> Endpoints<Writer> {
    Endpoints::new(document::Document::openapi())
        .add("post_event", "/api/v1/events", post(post_event::post_event))
        .add("post_events_batch", "/api/v1/events/batch", post(post_events_batch::post_events_batch))
        .add("verify_claim", "/api/v1/claims/{id}/verify", post(verify_claim::verify_claim))
}
