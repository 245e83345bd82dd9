//! Analytics: follows the published log and keeps anonymised facts about it in the region's warehouse, for dashboards.
//!
//! A run reads a range of the log, inserts its facts, and then moves its cursor. So every event becomes a row at least once, and the
//! views show it once: its row is named by its id under a key.

mod analyst;
mod analyze;
mod error;
pub mod facts;
mod warehouse;

use axum::routing::post;
use utoipa::OpenApi;
use web::config::{Environment, Mistakes};
use web::endpoints::Endpoints;
use web::push::PushScheme;
use web::runtime::{Function, Start};

pub use self::analyst::{Analyst, Limits};
pub use self::analyze::Analytics;
pub use self::error::AnalyzeError;
pub use self::warehouse::Warehouse;

#[derive(OpenApi)]
#[openapi(paths(analyze::analyze), modifiers(&PushScheme))]
struct Document;

/// The function's endpoints.
pub fn endpoints() -> Endpoints<Analytics> {
    Endpoints::new(Document::openapi()).add("analyze", "/push/analyze", post(analyze::analyze))
}

/// Starts the function as its container does.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store().await;
    let warehouse = Warehouse::read(&mut start, store.as_ref()).await;
    start.finish(|settings| {
        let state = Analytics { analyst: Analyst::new(store?, warehouse?), pusher: settings.pusher.clone() };
        Some(endpoints().select(&settings.routes, state))
    })
}
