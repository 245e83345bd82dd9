//! `GET /api/v1/consistency`: the proof that an older tree is the beginning of a newer one.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use store::Tx;
use truth_kernel::hash::Hash;
use truth_kernel::region::LogOrigin;
use truth_kernel::tile;
use utoipa::{IntoParams, ToSchema};
use web::caller::Authorized;
use web::metrics::Counted;
use web::parsed::ParsedQuery;
use web::problem::{Problem, ProblemDocument};
use web::scope::ProofsRead;

use crate::log_choice::LogNumber;

/// Which trees of which log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Leaves in the older tree.
    from: u64,
    /// Leaves in the newer tree; without it those of the newest published checkpoint.
    to: Option<u64>,
    /// `1`, `test-1` …; without it the newest log of the key's mode.
    #[param(value_type = Option<String>)]
    log: Option<LogNumber>,
}

/// A consistency proof (RFC 9162 §2.1.4).
#[derive(Debug, Serialize, ToSchema)]
pub struct Consistency {
    /// The log.
    #[schema(value_type = String)]
    log: LogOrigin,
    /// Leaves in the older tree.
    from: u64,
    /// Leaves in the newer tree.
    to: u64,
    /// The proof, in base64.
    hashes: Vec<String>,
    /// The signed note of the newer tree, if it was published.
    checkpoint: Option<String>,
}

/// The proof that the tree of size `from` is the beginning of that of size `to`.
#[utoipa::path(get, path = "/api/v1/consistency", params(Query), tag = "log", responses(
    (status = 200, body = Consistency),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_consistency(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<ProofsRead>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<(Extension<Counted>, Json<Consistency>), Problem> {
    let mut tx = state.store.begin(caller.org).await?;
    let log = LogNumber::find(query.log.as_ref(), caller.mode, &mut tx).await?;
    let (from, to) = (query.from, query.to.unwrap_or(log.published_size));
    if from > to || to > log.published_size {
        let detail = format!("from ≤ to ≤ {}, the size that was published", log.published_size);
        return Err(Problem::invalid_query().with_detail(detail));
    }
    let hashes = prove(&state, &mut tx, &log.origin, (from, to)).await?;
    let checkpoint = tx.logs().published_at(&log.origin, to).await?;
    let hashes = hashes.iter().map(Hash::base64).collect();
    let checkpoint = checkpoint.map(|published| published.note);
    let consistency = Consistency { log: log.origin, from, to, hashes, checkpoint };
    Ok((Extension(Counted::Proof("consistency")), Json(consistency)))
}

async fn prove(
    state: &crate::State,
    tx: &mut Tx,
    log: &LogOrigin,
    (from, to): (u64, u64),
) -> Result<Vec<Hash>, Problem> {
    let needed = tile::consistency_tiles(from, to);
    let tiles = state.witness.prover().tiles(tx, log, &needed).await?;
    tile::consistency_proof(&tiles, from, to).map_err(|error| {
        tracing::error!(log = %log, error = %error, "a stored tile cannot answer");
        Problem::internal()
    })
}
