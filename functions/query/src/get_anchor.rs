//! `GET /api/v1/anchor`: the newest anchor of a log, and how old it is.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::anchor::{Anchor, AnchorState};
use store::log::LogState;
use truth_kernel::encoding::base64;
use truth_kernel::time::Timestamp;
use utoipa::{IntoParams, ToSchema};
use web::caller::Authorized;
use web::parsed::ParsedQuery;
use web::problem::{Problem, ProblemDocument};
use web::scope::ProofsRead;

use crate::log_choice::LogNumber;

/// Which log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// `1`, `test-1` …; without it the newest log of the key's mode.
    #[param(value_type = Option<String>)]
    log: Option<LogNumber>,
}

/// A third party's timestamp over a checkpoint, and how the log has gone on since.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnchorView {
    /// The name of the log.
    origin: String,
    /// Leaves in the tree of the anchored checkpoint.
    size: u64,
    /// The time that the third party vouches for.
    #[schema(value_type = String)]
    time: Timestamp,
    /// Seconds from then until now.
    age_seconds: i64,
    /// The anchored checkpoint: the signed note, byte for byte.
    note: String,
    /// The RFC 3161 token over the note, in base64.
    token: String,
    /// Published leaves beyond the anchored checkpoint.
    unanchored: u64,
    /// Attempts to anchor a newer checkpoint that have failed in a row.
    failures: u32,
    /// The kind of the last of these failures, such as `unreachable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

/// The newest anchor of a log.
#[utoipa::path(get, path = "/api/v1/anchor", params(Query), tag = "log", responses(
    (status = 200, body = AnchorView),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_anchor(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<ProofsRead>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<Json<AnchorView>, Problem> {
    let mut tx = state.store.begin(caller.org).await?;
    let log = LogNumber::find(query.log.as_ref(), caller.mode, &mut tx).await?;
    let anchor = tx.logs().newest_anchor(&log.origin).await?;
    let anchor = anchor.ok_or_else(|| Problem::not_found().with_detail("nothing was anchored yet"))?;
    let standing = tx.logs().anchor_state(&log.origin).await?.unwrap_or_default();
    Ok(Json(view(&log, anchor, standing, state.clock.now())))
}

fn view(log: &LogState, anchor: Anchor, standing: AnchorState, now: Timestamp) -> AnchorView {
    AnchorView {
        origin: log.origin.to_string(),
        size: anchor.checkpoint.size,
        time: anchor.time,
        age_seconds: (now.millis() - anchor.time.millis()) / 1000,
        token: base64(&anchor.token),
        unanchored: log.published_size.saturating_sub(anchor.checkpoint.size),
        note: anchor.checkpoint.note,
        failures: standing.failures,
        last_error: standing.last_error,
    }
}
