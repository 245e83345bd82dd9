//! Evidence documents on the wire.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use truth_kernel::evidence::MEDIA_TYPE;

use crate::json::{check_headers, read};
use crate::problem::Problem;

/// An evidence, batch or history document as an answer. Never cached on the way: it may hold an opening.
#[derive(Debug)]
pub struct Document<T>(pub T);

impl<T: Serialize> IntoResponse for Document<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let content_type = (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
                let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                ([content_type, no_store], body).into_response()
            }
            Err(error) => {
                tracing::error!(error = %error, "a document cannot be written");
                Problem::internal().into_response()
            }
        }
    }
}

/// A document of at most `LIMIT` bytes as a request's body, byte for byte: as evidence or as plain JSON.
#[derive(Debug)]
pub struct DocumentBytes<const LIMIT: usize>(pub Bytes);

impl<S: Sync, const LIMIT: usize> FromRequest<S> for DocumentBytes<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        if is_evidence(&parts.headers) {
            let json = HeaderValue::from_static("application/json");
            parts.headers.insert(header::CONTENT_TYPE, json);
        }
        check_headers(&parts.headers)?;
        read(&parts.headers, body, LIMIT).await.map(Self)
    }
}

fn is_evidence(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|text| text.eq_ignore_ascii_case(MEDIA_TYPE))
}
