//! JSON bodies: read up to a limit and through the kernel's gate, so that what is signed later is what
//! was sent.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use truth_kernel::canonical::{MAX_DEPTH, Refusal, Value, parse};

use crate::problem::Problem;

/// A JSON body of at most `LIMIT` bytes that passed the gate.
#[derive(Debug)]
pub struct StrictJson<const LIMIT: usize>(pub Value);

/// A body of at most `LIMIT` bytes that says it is JSON, as bytes: for documents that are verified byte
/// by byte (evidence).
#[derive(Debug)]
pub struct JsonBytes<const LIMIT: usize>(pub Bytes);

impl<S: Sync, const LIMIT: usize> FromRequest<S> for StrictJson<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonBytes(bytes) = JsonBytes::<LIMIT>::from_request(request, state).await?;
        Ok(Self(parse(&bytes, MAX_DEPTH)?))
    }
}

impl<S: Sync, const LIMIT: usize> FromRequest<S> for JsonBytes<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        check_headers(&parts.headers)?;
        read(&parts.headers, body, LIMIT).await.map(Self)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = Self::malformed_json().with_offset(refusal.offset, refusal.kind.code());
        let detail = refusal.to_string();
        if refusal.pointer.is_empty() {
            problem.with_detail(detail)
        } else {
            problem.with_error(refusal.pointer, detail)
        }
    }
}

/// JSON in UTF-8 and not compressed: a compressed body could be larger than it seems.
pub(crate) fn check_headers(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if !text(header::CONTENT_TYPE).is_some_and(is_json) {
        return Err(Problem::unsupported_media_type());
    }
    match text(header::CONTENT_ENCODING) {
        None | Some("identity") => Ok(()),
        Some(_) => Err(Problem::unsupported_encoding()),
    }
}

/// `application/json`, at most with `charset=utf-8`.
fn is_json(content_type: &str) -> bool {
    let (essence, parameter) = content_type.split_once(';').unwrap_or((content_type, ""));
    let parameter = parameter.trim().replace('"', "");
    essence.trim().eq_ignore_ascii_case("application/json")
        && (parameter.is_empty() || parameter.eq_ignore_ascii_case("charset=utf-8"))
}

/// Reads a body of at most `limit` bytes; a longer one that announces itself is not read at all.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || Problem::payload_too_large().with_detail(format!("at most {limit} bytes"));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large());
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Problem::bad_request().with_detail("the body broke off")),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::post;
    use serde_json::Value;

    use super::StrictJson;
    use crate::test_http::{ask, header, slug};

    fn router() -> Router {
        let handler = async |StrictJson(value): StrictJson<64>| value.canonical().into_string();
        Router::new().route("/", post(handler))
    }

    async fn send(content_type: &str, body: impl Into<Body>) -> (u16, Value) {
        let request = Request::post("/").header("content-type", content_type);
        let (parts, body) = ask(&router(), request, body).await;
        (parts.status.as_u16(), body)
    }

    #[tokio::test]
    async fn json_in_utf_8_is_taken() {
        for content_type in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
        ] {
            let (status, body) = send(content_type, r#"{"b":1,"a":2}"#).await;
            assert_eq!((status, body), (200, serde_json::json!({"a": 2, "b": 1})), "{content_type}");
        }
    }

    #[tokio::test]
    async fn other_media_types_are_refused() {
        for content_type in ["", "text/plain", "application/jsonp", "application/json; charset=latin1"] {
            let (status, body) = send(content_type, "{}").await;
            assert_eq!((status, slug(&body)), (415, "unsupported-media-type"), "{content_type}");
        }
        let (parts, _) = ask(&router(), Request::post("/"), "{}").await;
        assert_eq!(parts.status, 415);
    }

    #[tokio::test]
    async fn a_compressed_body_is_refused() {
        let request = Request::post("/").header("content-type", "application/json");
        let (parts, body) = ask(&router(), request.header("content-encoding", "gzip"), "{}").await;
        assert_eq!((parts.status.as_u16(), slug(&body)), (415, "unsupported-encoding"));
        assert_eq!(header(&parts, "accept-encoding"), "identity");
    }

    #[tokio::test]
    async fn what_the_gate_refuses_is_a_problem_that_points_at_the_byte() {
        for (body, code) in [
            ("", "syntax"),
            ("{", "syntax"),
            ("{} {}", "syntax"),
            (r#"{"a":1,"a":2}"#, "duplicate-name"),
            ("123456789012345678", "number"),
            (r#""\ud800""#, "surrogate"),
            ("\u{feff}{}", "encoding"),
        ] {
            let (status, problem) = send("application/json", body).await;
            assert_eq!((status, slug(&problem)), (400, "malformed-json"), "{body}");
            assert_eq!(problem["code"], code, "{body}");
            assert!(problem["offset"].is_u64());
        }
        let (_, problem) = send("application/json", r#"{"a":[0,1e400]}"#).await;
        assert_eq!(problem["errors"][0]["pointer"], "/a/1");
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_refused_whether_announced_or_not() {
        let long = format!("[{}0]", "0,".repeat(40));
        let (status, body) = send("application/json", long.clone()).await;
        assert_eq!((status, slug(&body)), (413, "payload-too-large"));
        let request = Request::post("/").header("content-type", "application/json");
        let (parts, _) = ask(&router(), request.header("content-length", "65"), "{}").await;
        assert_eq!(parts.status, 413);
        let exactly = format!("[{}0]", "0,".repeat(30)) + " ";
        assert_eq!(exactly.len(), 64);
        assert_eq!(send("application/json", exactly).await.0, 200);
    }
}
