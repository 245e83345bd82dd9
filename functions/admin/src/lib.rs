//! `admin`: organizations, their API keys and their event types.
//!
//! Operators call with a key of the region's system organization and may act for any organization; every other key acts for its own.

mod body;
pub mod bootstrap;
mod create_api_key;
mod create_partner;
mod get_partner;
mod list_api_keys;
mod list_event_types;
mod list_partners;
mod register_event_type;
mod revoke_api_key;
mod state;
mod target;
mod update_partner;
mod views;

use axum::routing::{delete, get, patch, post};
use cloud::clock::Clock;
use utoipa::OpenApi;
use web::authority::Authority;
use web::caller::Door;
use web::config::{Environment, Mistakes};
use web::endpoints::Endpoints;
use web::runtime::{Function, Start};

pub use self::state::State;

#[derive(OpenApi)]
#[openapi(paths(
    create_partner::create_partner,
    list_partners::list_partners,
    get_partner::get_partner,
    update_partner::update_partner,
    create_api_key::create_api_key,
    list_api_keys::list_api_keys,
    revoke_api_key::revoke_api_key,
    register_event_type::register_event_type,
    list_event_types::list_event_types,
))]
struct Document;

/// The function's endpoints.
pub fn endpoints() -> Endpoints<State> {
    Endpoints::new(Document::openapi())
        .add("create_partner", "/api/v1/admin/partners", post(create_partner::create_partner))
        .add("list_partners", "/api/v1/admin/partners", get(list_partners::list_partners))
        .add("get_partner", "/api/v1/admin/partners/{id}", get(get_partner::get_partner))
        .add("update_partner", "/api/v1/admin/partners/{id}", patch(update_partner::update_partner))
        .add("create_api_key", "/api/v1/admin/api-keys", post(create_api_key::create_api_key))
        .add("list_api_keys", "/api/v1/admin/api-keys", get(list_api_keys::list_api_keys))
        .add("revoke_api_key", "/api/v1/admin/api-keys/{id}", delete(revoke_api_key::revoke_api_key))
        .add("register_event_type", "/api/v1/admin/event-types", post(register_event_type::register_event_type))
        .add("list_event_types", "/api/v1/admin/event-types", get(list_event_types::list_event_types))
}

/// Starts the function as its container does.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store().await;
    start.finish(|settings| {
        let store = store?;
        let authority = Authority::new(store.clone(), Clock::System);
        let door = Door::new(authority, settings.region.clone(), settings.regions.clone());
        let state = State { store, door, clock: Clock::System, region: settings.region.clone() };
        Some(endpoints().select(&settings.routes, state))
    })
}
