//! `GET /log/{number}/checkpoint`: the newest checkpoint as C2SP tlog-tiles has it. Open to everybody.

use axum::extract::State;
use axum::response::Response;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};

use crate::log_choice::LogNumber;
use crate::log_object::{Serving, serve};

/// The newest checkpoint of a log.
#[utoipa::path(get, path = "/log/{number}/checkpoint", params(("number" = String, Path)), tag = "log", security(()), responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_log_checkpoint(
    State(state): State<crate::State>,
    ParsedPath(number): ParsedPath<LogNumber>,
) -> Result<Response, Problem> {
    let how = Serving { content_type: "text/plain; charset=utf-8", cache_control: "no-cache" };
    serve(&state.bucket, &number, "checkpoint", how).await
}
