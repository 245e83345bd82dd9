//! The query function: events, histories, checkpoints and the public log, read only.

mod event_view;
mod get_anchor;
mod get_checkpoint;
mod get_consistency;
mod get_entries;
mod get_event;
mod get_history;
mod get_log_checkpoint;
mod get_tile;
mod list_events;
mod log_choice;
mod log_object;
mod state;

use axum::routing::get;
use utoipa::OpenApi;
use web::config::{Environment, Mistakes};
use web::endpoints::Endpoints;
use web::runtime::{Function, Start};

pub use self::state::State;

#[derive(OpenApi)]
#[openapi(paths(
    list_events::list_events,
    get_event::get_event,
    get_history::get_history,
    get_anchor::get_anchor,
    get_checkpoint::get_checkpoint,
    get_consistency::get_consistency,
    get_log_checkpoint::get_log_checkpoint,
    get_tile::get_tile,
    get_entries::get_entries,
))]
struct Document;

/// The function's endpoints.
pub fn endpoints() -> Endpoints<State> {
    Endpoints::new(Document::openapi())
        .add("list_events", "/api/v1/events", get(list_events::list_events))
        .add("get_event", "/api/v1/events/{id}", get(get_event::get_event))
        .add("get_history", "/api/v1/claims/{id}/history", get(get_history::get_history))
        .add("get_anchor", "/api/v1/anchor", get(get_anchor::get_anchor))
        .add("get_checkpoint", "/api/v1/checkpoint", get(get_checkpoint::get_checkpoint))
        .add("get_consistency", "/api/v1/consistency", get(get_consistency::get_consistency))
        .add("get_log_checkpoint", "/log/{number}/checkpoint", get(get_log_checkpoint::get_log_checkpoint))
        .add("get_tile", "/log/{number}/tile/{level}/{*place}", get(get_tile::get_tile))
        .add("get_entries", "/log/{number}/tile/entries/{*place}", get(get_entries::get_entries))
}

/// Starts the function as its container does.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store_with_replica().await;
    let vault = start.vault();
    let keyring = start.keyring().await;
    let bucket = start.bucket().await;
    start.finish(|settings| {
        let state = State::new(store?, vault?, keyring?, bucket?, settings);
        Some(endpoints().select(&settings.routes, state))
    })
}
