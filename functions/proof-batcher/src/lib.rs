//! The proof batcher: seals what the chains of a region have beyond their sealed events into its transparency logs.
//!
//! A run has three resumable steps: *extend* (segments, tiles, size and root, in one transaction under the log row's lock), *sign* (exactly
//! that size and root) and *publish* (tiles and entries create-only, then the checkpoint). The database row is the lock and the truth; the
//! bucket is a copy that anyone can redo. Every run first finishes what an earlier one left, and ends by looking again.

mod copy;
pub mod error;
pub mod extend;
pub mod objects;
pub mod publish;
pub mod range;
pub mod rebuild;
mod seal;
pub mod sealer;
mod sign;
mod standing;

use axum::routing::post;
use utoipa::OpenApi;
use web::config::{Environment, Mistakes};
use web::endpoints::Endpoints;
use web::push::PushScheme;
use web::runtime::{Function, Start};

pub use self::error::SealError;
pub use self::seal::Batcher;
pub use self::sealer::{Limits, Sealer};

#[derive(OpenApi)]
#[openapi(paths(seal::seal), modifiers(&PushScheme))]
struct Document;

/// The function's endpoints.
pub fn endpoints() -> Endpoints<Batcher> {
    Endpoints::new(Document::openapi()).add("seal", "/push/seal", post(seal::seal))
}

/// Starts the function as its container does.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store().await;
    let bucket = start.bucket().await;
    let signers = start.checkpoint_keys().await;
    let followers = start.published_topic();
    start.finish(|settings| {
        let signers = signers?.into_iter().map(|(_, signer)| signer).collect();
        let sealer = Sealer::new(store?, bucket?, signers).with_followers(followers?);
        let state = Batcher { sealer, pusher: settings.pusher.clone() };
        Some(endpoints().select(&settings.routes, state))
    })
}
