//! `GET /api/v1/checkpoint`: the newest published checkpoint.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::log::Published;
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

/// A published checkpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckpointView {
    /// The name of the log.
    origin: String,
    /// Leaves in the tree.
    size: u64,
    /// The root over them, in base64.
    root: String,
    /// The signed note, byte for byte: what is to be believed.
    note: String,
}

impl From<Published> for CheckpointView {
    fn from(published: Published) -> Self {
        Self {
            origin: published.origin.to_string(),
            size: published.size,
            root: published.root.base64(),
            note: published.note,
        }
    }
}

/// The newest published checkpoint, as JSON or, on `Accept: text/plain`, as the signed note itself.
#[utoipa::path(get, path = "/api/v1/checkpoint", params(Query), tag = "log", responses(
    (status = 200, content((CheckpointView = "application/json"), (String = "text/plain"))),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_checkpoint(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<ProofsRead>,
    ParsedQuery(query): ParsedQuery<Query>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut tx = state.store.begin(caller.org).await?;
    let log = LogNumber::find(query.log.as_ref(), caller.mode, &mut tx).await?;
    let published = tx.logs().published(&log.origin).await?;
    let published = published.ok_or_else(|| Problem::not_found().with_detail("nothing was published yet"))?;
    let kept = [(header::CACHE_CONTROL, "no-cache"), (header::VARY, "accept")];
    Ok(if wants_text(&headers) {
        let content_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        (kept, content_type, published.note).into_response()
    } else {
        (kept, Json(CheckpointView::from(published))).into_response()
    })
}

/// Whether plain text is asked for before anything that JSON satisfies.
fn wants_text(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let ranges = accept.unwrap_or_default().split(',');
    let essence = |range: &str| range.split(';').next().map(|essence| essence.trim().to_ascii_lowercase());
    let known = ["text/plain", "text/*", "application/json", "application/*", "*/*"];
    let first = ranges.filter_map(essence).find(|range| known.contains(&range.as_str()));
    first.is_some_and(|range| range.starts_with("text/"))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::wants_text;

    #[test]
    fn text_is_given_to_whoever_asks_for_it_first() {
        for (accept, text) in [
            ("text/plain", true),
            ("TEXT/plain; charset=utf-8", true),
            ("text/html, text/plain", true),
            ("text/*", true),
            ("", false),
            ("*/*", false),
            ("application/json, text/plain", false),
            ("image/png", false),
        ] {
            let accept = [(header::ACCEPT, HeaderValue::from_static(accept))];
            assert_eq!(wants_text(&HeaderMap::from_iter(accept)), text);
        }
        assert!(!wants_text(&HeaderMap::new()));
    }
}
