//! `webhooks`: organizations register endpoints, and each is told of the events that were published: signed (Standard Webhooks), as
//! `CloudEvents`, with ids and URLs of this region and nothing else.

mod body;
mod create_endpoint;
mod delete_endpoint;
mod deliver;
pub mod destination;
mod get_endpoint;
mod list_deliveries;
mod list_endpoints;
mod notification;
mod notify;
mod replay_delivery;
mod rotate_secret;
mod schedule;
pub mod sender;
mod signature;
mod state;
mod update_endpoint;
mod views;

use axum::routing::{delete, get, patch, post};
use cloud::clock::Clock;
use utoipa::OpenApi;
use web::authority::Authority;
use web::caller::Door;
use web::config::{Environment, Mistakes};
use web::endpoints::Endpoints;
use web::push::PushScheme;
use web::runtime::{Function, Start};

pub use self::schedule::Schedule;
pub use self::signature::Secret;
pub use self::state::Webhooks;
use crate::destination::Policy;
use crate::sender::Sender;

#[derive(OpenApi)]
#[openapi(
    paths(
        create_endpoint::create_endpoint,
        list_endpoints::list_endpoints,
        get_endpoint::get_endpoint,
        update_endpoint::update_endpoint,
        delete_endpoint::delete_endpoint,
        rotate_secret::rotate_secret,
        list_deliveries::list_deliveries,
        replay_delivery::replay_delivery,
        notify::notify,
        deliver::deliver,
    ),
    modifiers(&PushScheme)
)]
struct Document;

/// The function's endpoints.
pub fn endpoints() -> Endpoints<Webhooks> {
    const ENDPOINTS: &str = "/api/v1/webhooks/endpoints";
    const ONE: &str = "/api/v1/webhooks/endpoints/{id}";
    Endpoints::new(Document::openapi())
        .add("create_endpoint", ENDPOINTS, post(create_endpoint::create_endpoint))
        .add("list_endpoints", ENDPOINTS, get(list_endpoints::list_endpoints))
        .add("get_endpoint", ONE, get(get_endpoint::get_endpoint))
        .add("update_endpoint", ONE, patch(update_endpoint::update_endpoint))
        .add("delete_endpoint", ONE, delete(delete_endpoint::delete_endpoint))
        .add("rotate_secret", "/api/v1/webhooks/endpoints/{id}/rotate-secret", post(rotate_secret::rotate_secret))
        .add("list_deliveries", "/api/v1/webhooks/deliveries", get(list_deliveries::list_deliveries))
        .add("replay_delivery", "/api/v1/webhooks/deliveries/{id}/replay", post(replay_delivery::replay_delivery))
        .add("notify", "/push/notify", post(notify::notify))
        .add("deliver", "/push/deliver", post(deliver::deliver))
}

/// Starts the function as its container does.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store().await;
    let vault = start.vault();
    let queue = start.task_queue("DELIVERY_QUEUE");
    let schedule = start.optional("RETRY_SCHEDULE").unwrap_or_default();
    let policy = Policy::allowing_loopback(start.optional("ALLOW_LOOPBACK_WEBHOOKS").unwrap_or(false));
    start.finish(|settings| {
        let (store, vault, queue) = (store?, vault?, queue?);
        let Some(base_url) = settings.regions.get(&settings.region).cloned() else {
            return Some(Err("REGION_URLS does not name this region".to_owned().into()));
        };
        let authority = Authority::new(store.clone(), Clock::System);
        let door = Door::new(authority, settings.region.clone(), settings.regions.clone());
        let pusher = settings.pusher.clone();
        let sender = Sender::new(policy);
        let clock = Clock::System;
        let state = Webhooks { store, vault, door, pusher, queue, sender, schedule, base_url, clock };
        Some(endpoints().select(&settings.routes, state))
    })
}
