//! The timekeeper: does what is due, whenever the scheduler calls. It makes up for messages that were lost.

mod sweep;

use axum::routing::post;
use cloud::clock::Clock;
use utoipa::OpenApi;
use web::config::{Environment, Mistakes};
use web::endpoints::Endpoints;
use web::push::PushScheme;
use web::runtime::{Function, Start};

pub use self::sweep::Timekeeper;

#[derive(OpenApi)]
#[openapi(paths(sweep::sweep), modifiers(&PushScheme))]
struct Document;

/// The function's endpoints.
pub fn endpoints() -> Endpoints<Timekeeper> {
    Endpoints::new(Document::openapi()).add("sweep", "/push/sweep", post(sweep::sweep))
}

/// Starts the function as its container does.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store().await;
    let batcher = start.seal_topic();
    let followers = start.published_topic();
    start.finish(|settings| {
        let (store, batcher, followers) = (store?, batcher?, followers?);
        let state = Timekeeper { store, batcher, followers, clock: Clock::System, pusher: settings.pusher.clone() };
        Some(endpoints().select(&settings.routes, state))
    })
}
