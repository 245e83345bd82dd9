//! Problem documents (RFC 9457): the one form of every refusal.

mod catalogue;
mod document;
mod store;

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};

pub use self::catalogue::CATALOGUE;
pub use self::document::{FieldError, ProblemDocument};

/// The media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A type of problem, as listed in the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The last segment of its type URI `https://proveniq.dev/problems/<slug>`; never changes.
    pub slug: &'static str,
    /// What is wrong in general, in one sentence.
    pub title: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
}

/// A refusal of one request, made by the catalogue's constructors and `with_…`.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: &'static Kind,
    detail: Option<Cow<'static, str>>,
    more: Option<Box<Extensions>>,
}

/// Members beyond those of the RFC; a problem has few of them, so they live in one box.
#[derive(Clone, Debug, Default)]
struct Extensions {
    code: Option<&'static str>,
    errors: Vec<FieldError>,
    home_url: Option<String>,
    offset: Option<usize>,
    retry_after: Option<u32>,
    rule: Option<Cow<'static, str>>,
}

impl Problem {
    const fn of(kind: &'static Kind) -> Self {
        Self { kind, detail: None, more: None }
    }

    /// Its type.
    pub const fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// Says what is wrong in this case, for the caller to read: no secret, no personal data.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Points at a value in the request's JSON body (RFC 6901) and says what is wrong with it.
    #[must_use]
    pub fn with_error(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let error = FieldError { pointer: pointer.into(), detail: detail.into() };
        self.extensions().errors.push(error);
        self
    }

    /// The byte of the body at which it was noticed, and the gate's code for what it is.
    #[must_use]
    pub fn with_offset(mut self, offset: usize, code: &'static str) -> Self {
        let more = self.extensions();
        (more.offset, more.code) = (Some(offset), Some(code));
        self
    }

    /// How many seconds to wait before trying again; also the `Retry-After` header.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.extensions().retry_after = Some(seconds);
        self
    }

    /// Where the request belongs: the base URL of the right region.
    #[must_use]
    pub fn with_home_url(mut self, url: impl Into<String>) -> Self {
        self.extensions().home_url = Some(url.into());
        self
    }

    /// The rule that said no.
    #[must_use]
    pub fn with_rule(mut self, rule: impl Into<Cow<'static, str>>) -> Self {
        self.extensions().rule = Some(rule.into());
        self
    }

    fn extensions(&mut self) -> &mut Extensions {
        self.more.get_or_insert_default()
    }
}

/// As one item of a batch, where the status of the answer is that of the batch.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ProblemDocument::from(self).serialize(serializer)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let content_type = (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        let mut response = (self.kind.status, [content_type], body).into_response();
        response.extensions_mut().insert(self.kind);
        let headers = response.headers_mut();
        if let Some(seconds) = self.more.and_then(|more| more.retry_after) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        match (self.kind.status, self.kind.slug) {
            (StatusCode::UNAUTHORIZED, "unauthenticated") => {
                let challenge = HeaderValue::from_static(r#"Bearer realm="proveniq""#);
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            // RFC 6750 §3.1: a key was given, but it does not count.
            (StatusCode::UNAUTHORIZED, _) => {
                let challenge = r#"Bearer realm="proveniq", error="invalid_token""#;
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            // RFC 9110 §12.5.3: which encodings would have been taken.
            (_, "unsupported-encoding") => {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests;
