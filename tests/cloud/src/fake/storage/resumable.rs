//! An upload in several requests (Cloud Storage, "Resumable uploads").

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Shared, Wish, failure};

/// An upload under way.
#[derive(Debug)]
pub(super) struct Session {
    wish: Wish,
    received: Vec<u8>,
}

/// Begins one; the answer says where the bytes go, absolutely.
pub(super) fn begin(state: &Shared, wish: Wish) -> Response {
    let mut contents = state.contents();
    let id = contents.sessions.len().to_string();
    let location = format!("{}/upload/session/{id}", state.url);
    contents.sessions.insert(id, Session { wish, received: Vec::new() });
    [(header::LOCATION, location)].into_response()
}

/// Takes `bytes <first>-<last>/<total or *>`.
pub(super) async fn put(
    State(state): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let range = headers.get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok()).unwrap_or_default();
    let Some((first, total)) = parse(range) else {
        return state.faults.unexpected(format!("an upload of the range {range:?}"));
    };
    let mut contents = state.contents();
    let Some(mut session) = contents.sessions.remove(&id) else { return failure(404, "notFound") };
    if first != session.received.len() {
        drop(contents);
        return state.faults.unexpected(format!("{range} after {} bytes", session.received.len()));
    }
    session.received.extend_from_slice(&body);
    if total == Some(session.received.len()) {
        drop(contents);
        return state.store(session.wish, session.received);
    }
    let so_far = format!("bytes=0-{}", session.received.len() - 1);
    contents.sessions.insert(id, session);
    (StatusCode::PERMANENT_REDIRECT, [(header::RANGE, so_far)]).into_response()
}

fn parse(range: &str) -> Option<(usize, Option<usize>)> {
    let (bytes, total) = range.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _last) = bytes.split_once('-')?;
    Some((first.parse().ok()?, if total == "*" { None } else { Some(total.parse().ok()?) }))
}
