//! `GET /log/{number}/tile/entries/…`: entry bundles, which hold headers of many organizations: for the region's auditors.

use axum::extract::State;
use axum::response::Response;
use truth_kernel::tile::{entries_path, parse_entries_path};
use web::caller::Authorized;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::LogAudit;

use crate::log_choice::LogNumber;
use crate::log_object::{Serving, serve};

/// An entry bundle of a log.
#[utoipa::path(get, path = "/log/{number}/tile/entries/{place}", tag = "log",
    params(("number" = String, Path), ("place" = String, Path, description = "`x001/234` or `x001/234.p/12`")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream", description = "1 to 256 headers, each after its length as 16 bits"),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get_entries(
    State(state): State<crate::State>,
    _: Authorized<LogAudit>,
    ParsedPath((number, place)): ParsedPath<(LogNumber, String)>,
) -> Result<Response, Problem> {
    let path = format!("tile/entries/{place}");
    let (index, width) = parse_entries_path(&path).map_err(|_| Problem::not_found())?;
    let how = Serving { content_type: "application/octet-stream", cache_control: "private, no-store" };
    serve(&state.bucket, &number, &entries_path(index, width), how).await
}
