//! The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header).

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use thiserror::Error;

use crate::problem::Problem;

const LONGEST: usize = 255;

/// A key under which a request may be repeated: 1 to 255 visible ASCII characters, compared byte by
/// byte. Taken as it stands: quotes, which the draft's syntax has, are part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// A text that is not an [`IdempotencyKey`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an idempotency key: 1 to 255 visible ASCII characters")]
pub struct NotAnIdempotencyKey;

impl IdempotencyKey {
    /// Parses a key, as found in a header or in an item of a batch.
    pub fn parse(text: &str) -> Result<Self, NotAnIdempotencyKey> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAnIdempotencyKey) }
    }

    /// The key of the `index`-th item of a batch that has this key: `<key>/<index>`, refused when that
    /// is too long.
    pub fn item(&self, index: usize) -> Result<Self, NotAnIdempotencyKey> {
        Self::parse(&format!("{}/{index}", self.0))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<NotAnIdempotencyKey> for Problem {
    fn from(_: NotAnIdempotencyKey) -> Self {
        Self::invalid_idempotency_key()
    }
}

/// The header's one value; several are refused, because it is not clear which counts.
fn from_headers(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| NotAnIdempotencyKey)?;
    match values.next() {
        None => Ok(Some(IdempotencyKey::parse(text)?)),
        Some(_) => Err(Problem::invalid_idempotency_key().with_detail("the header is there twice")),
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        from_headers(&parts.headers)
    }
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        from_headers(&parts.headers)?.ok_or_else(Problem::invalid_idempotency_key)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use axum::Router;
    use axum::http::{HeaderValue, Request};
    use axum::routing::post;

    use super::IdempotencyKey;
    use crate::test_http::{ask, slug};

    fn router() -> Router {
        let handler = async |key: Option<IdempotencyKey>| key.map_or("none".to_owned(), |key| key.as_str().to_owned());
        Router::new().route("/", post(handler))
    }

    #[tokio::test]
    async fn the_header_is_taken_as_it_stands_and_may_be_missing() {
        let (_, body) = ask(&router(), Request::post("/"), "").await;
        assert_eq!(body, "none");
        for key in ["a", "\"quoted\"", "8e03978e-40d5-43dd-bc93-6894a57f9324", &"x".repeat(255)] {
            let (_, body) = ask(&router(), Request::post("/").header("idempotency-key", key), "").await;
            assert!(body == key || body == key.trim_matches('"'), "{key}");
        }
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_compared_is_refused() {
        let long = "x".repeat(256);
        for key in ["", " ", "a b", "a\tb", &long] {
            let (parts, body) = ask(&router(), Request::post("/").header("idempotency-key", key), "").await;
            assert_eq!((parts.status.as_u16(), slug(&body)), (400, "invalid-idempotency-key"), "{key:?}");
        }
        let latin1 = HeaderValue::from_bytes(b"caf\xe9").unwrap();
        let (parts, _) = ask(&router(), Request::post("/").header("idempotency-key", latin1), "").await;
        assert_eq!(parts.status, 400);
        let twice = Request::post("/").header("idempotency-key", "a").header("idempotency-key", "a");
        assert_eq!(ask(&router(), twice, "").await.0.status, 400);
    }

    #[test]
    fn the_items_of_a_batch_have_keys_of_their_own() {
        let key = IdempotencyKey::parse("batch").unwrap();
        assert_eq!(key.item(12).unwrap().as_str(), "batch/12");
        assert!(IdempotencyKey::parse(&"x".repeat(255)).unwrap().item(0).is_err());
    }
}
