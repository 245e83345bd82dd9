//! An upload in one request: `multipart/related` of metadata, content, and maybe checksums (Cloud Storage, "Multipart upload"; RFC 2387).

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use super::{Shared, Wish, checksum};

pub(super) fn insert(state: &Shared, wish: Wish, headers: &HeaderMap, body: &[u8]) -> Response {
    let boundary = headers.get("content-type").and_then(|value| {
        let value = value.to_str().ok()?;
        value.strip_prefix("multipart/related; boundary=").map(str::to_owned)
    });
    let parts = boundary.and_then(|boundary| parts(body, &boundary));
    match parts.as_deref() {
        Some([metadata, content]) => check(state, wish, content, metadata),
        Some([_, content, checksums]) => check(state, wish, content, checksums),
        _ => state.faults.unexpected("a multipart upload of neither two nor three parts"),
    }
}

/// The claimed checksum must be there and be right.
fn check(state: &Shared, wish: Wish, content: &[u8], claims: &[u8]) -> Response {
    let claims: Value = serde_json::from_slice(claims).unwrap_or_default();
    if claims["crc32c"] == checksum(content) {
        state.store(wish, content.to_vec())
    } else {
        state.faults.unexpected(format!("an upload without its CRC32C: {claims}"))
    }
}

/// The bodies of the parts.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<&'a [u8]>> {
    let (first, between) = (format!("--{boundary}\r\n"), format!("\r\n--{boundary}"));
    let mut rest = body.strip_prefix(first.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        let (_headers, content) = split(rest, b"\r\n\r\n")?;
        let (content, after) = split(content, between.as_bytes())?;
        parts.push(content);
        match after.strip_prefix(b"\r\n") {
            Some(next) => rest = next,
            None => return after.starts_with(b"--").then_some(parts),
        }
    }
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..place], &bytes[place + at.len()..]))
}
