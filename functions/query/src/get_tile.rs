//! `GET /log/{number}/tile/{level}/…`: hash tiles as C2SP tlog-tiles has them. Open to everybody.

use axum::extract::State;
use axum::response::Response;
use truth_kernel::tile::TileId;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};

use crate::log_choice::LogNumber;
use crate::log_object::{Serving, keep, serve};

/// A hash tile of a log.
#[utoipa::path(get, path = "/log/{number}/tile/{level}/{place}", tag = "log", security(()),
    params(("number" = String, Path), ("level" = u8, Path), ("place" = String, Path, description = "`x001/234` or `x001/234.p/12`")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream", description = "1 to 256 hashes of 32 bytes"),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get_tile(
    State(state): State<crate::State>,
    ParsedPath((number, level, place)): ParsedPath<(LogNumber, String, String)>,
) -> Result<Response, Problem> {
    let (tile, width) = TileId::parse_path(&format!("tile/{level}/{place}")).map_err(|_| Problem::not_found())?;
    let how = Serving { content_type: "application/octet-stream", cache_control: keep(width) };
    serve(&state.bucket, &number, &tile.path(width), how).await
}
