//! The proof generator: evidence of one event, of many under one checkpoint, and the verification of any document.

mod batch;
mod batch_request;
mod get_proof;
mod pending;
mod post_proofs;
mod publications;
mod state;
mod verify_proof;

use axum::routing::{get, post};
use utoipa::OpenApi;
use web::config::{Environment, Mistakes};
use web::endpoints::Endpoints;
use web::runtime::{Function, Start};

pub use self::state::State;

#[derive(OpenApi)]
#[openapi(paths(get_proof::get_proof, post_proofs::post_proofs, verify_proof::verify_proof))]
struct Document;

/// The function's endpoints.
pub fn endpoints() -> Endpoints<State> {
    Endpoints::new(Document::openapi())
        .add("get_proof", "/api/v1/proofs/{event_id}", get(get_proof::get_proof))
        .add("post_proofs", "/api/v1/proofs/batch", post(post_proofs::post_proofs))
        .add("verify_proof", "/api/v1/proofs/verify", post(verify_proof::verify_proof))
}

/// Starts the function as its container does.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store_with_replica().await;
    let vault = start.vault();
    let keyring = start.keyring().await;
    start.finish(|settings| {
        let state = State::new(store?, vault?, keyring?, settings);
        Some(endpoints().select(&settings.routes, state))
    })
}
