//! The anchorer: has published checkpoints stamped by a third party, and keeps note and token where nobody can change them.
//!
//! Work on a checkpoint has four resumable steps: *begin* (in the database, which so keeps others from it), *stamp* (an RFC 3161 token,
//! verified), *copy* (note and token create-only into the locked bucket; the token that is there already wins) and *record* (token and
//! cursor in one transaction). It never holds up anything else: nobody waits for an anchor.

mod anchor;
mod anchorer;
mod authority;
mod backoff;
mod copy;
mod error;

use std::path::PathBuf;
use std::time::Duration;

use axum::routing::post;
use cloud::clock::Clock;
use timestamp::{PolicyId, Roots};
use utoipa::OpenApi;
use web::config::{Environment, Mistakes};
use web::endpoints::Endpoints;
use web::push::PushScheme;
use web::runtime::{Function, Start};

pub use self::anchor::State;
pub use self::anchorer::{Anchorer, Stamped};
pub use self::authority::{Authority, AuthorityUrl, NotAnAuthorityUrl};
pub use self::error::AnchorError;

#[derive(OpenApi)]
#[openapi(paths(anchor::anchor), modifiers(&PushScheme))]
struct Document;

/// Seconds between two anchors of a log, so that a busy log does not flood its authority.
const INTERVAL: u32 = 60;

/// The function's endpoints.
pub fn endpoints() -> Endpoints<State> {
    Endpoints::new(Document::openapi()).add("anchor", "/push/anchor", post(anchor::anchor))
}

/// Starts the function as its container does.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store().await;
    let bucket = start.anchor_bucket().await;
    let authority = authority(&mut start);
    let interval = start.optional::<u32>("ANCHOR_INTERVAL").unwrap_or(INTERVAL);
    start.finish(|settings| {
        let anchorer = Anchorer::new(store?, bucket?, authority?, Clock::System)
            .with_interval(Duration::from_secs(interval.into()));
        let state = State { anchorer, pusher: settings.pusher.clone() };
        Some(endpoints().select(&settings.routes, state))
    })
}

/// `TSA_URL`, `TSA_ROOTS` and `TSA_POLICY`.
fn authority(start: &mut Start) -> Option<Authority> {
    let url = start.required::<AuthorityUrl>("TSA_URL");
    let path = start.required::<PathBuf>("TSA_ROOTS");
    let policy = start.optional::<PolicyId>("TSA_POLICY");
    let roots = path.and_then(|path| {
        let read = std::fs::read(&path).map_err(|error| error.to_string());
        let roots = read.and_then(|text| Roots::from_pem(&text).map_err(|error| error.to_string()));
        start.take(roots.map_err(|error| format!("TSA_ROOTS: {}: {error}", path.display()).into()))
    });
    Some(Authority::new(url?, roots?, policy))
}
