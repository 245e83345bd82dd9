//! The edge of the process: every request passes here on its way in and out. Panics and answers of
//! libraries become problem documents, each request becomes one log line and its metrics.

mod reading;

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use self::reading::Reading;
#[cfg(feature = "otlp")]
use crate::endpoints::Names;
use crate::metrics::Metrics;
#[cfg(feature = "otlp")]
use crate::otlp::Served;
use crate::problem::{Kind, MEDIA_TYPE, Problem};
use crate::trace::{self, Trace};

/// The outermost middleware.
pub(crate) async fn observe(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let trace = Trace::of(request.headers());
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    #[cfg(feature = "otlp")]
    let names = request.extensions().get::<Names>().cloned();
    let (request, reading) = Reading::watch(request);
    let serving = async {
        let mut response = mend(catch(next.run(request)).await);
        reading.tell(&mut response);
        // Never the path itself, which holds ids that callers chose.
        let path = route.as_ref().map_or("unmatched", MatchedPath::as_str);
        let took = started.elapsed();
        metrics.answered(method, path, response.status().as_str(), took);
        #[cfg(feature = "otlp")]
        metrics.served(&Served {
            endpoint: names.as_ref().and_then(|names| names.of(method, path)).unwrap_or(path),
            method,
            route: path,
            status: response.status(),
            took,
        });
        if let Some(counted) = response.extensions().get() {
            metrics.count(counted);
        }
        log(method, path, &response, took);
        response
    };
    trace::within(trace, serving).await
}

/// Labels are closed sets, and a method is whatever a caller sends.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// A handler that panics answers 500 instead of breaking the connection. The panic itself is logged by
/// the hook that telemetry installs.
async fn catch(work: impl Future<Output = Response>) -> Response {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Problem::internal().into_response()))
    })
    .await
}

/// Whatever refuses without a problem document (the router's 404 and 405, an extractor's rejection) gets
/// the one for its status.
fn mend(response: Response) -> Response {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    if !is_refusal || content_type.is_some_and(|value| value == MEDIA_TYPE) {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut mended = Problem::of_status(status).into_response();
    if let Some(allow) = allow {
        mended.headers_mut().insert(header::ALLOW, allow);
    }
    mended
}

macro_rules! line {
    ($level:ident, $method:expr, $path:expr, $response:expr, $took:expr) => {{
        let status = $response.status().as_u16();
        tracing::event!(
            tracing::Level::$level,
            http.method = $method,
            http.route = $path,
            http.status = status,
            http.latency = %format_args!("{:.6}s", $took.as_secs_f64()),
            latency_ms = in_millis($took),
            error.code = $response.extensions().get::<&'static Kind>().map(|kind| kind.slug),
            "{} {} {}", $method, $path, status
        );
    }};
}

/// One line per request. Probes are told only when asked for: they come every few seconds.
fn log(method: &str, path: &str, response: &Response, took: Duration) {
    match response.status() {
        StatusCode::SERVICE_UNAVAILABLE => line!(WARN, method, path, response, took),
        status if status.is_server_error() => line!(ERROR, method, path, response, took),
        _ if matches!(path, "/health" | "/ready") => line!(DEBUG, method, path, response, took),
        _ => line!(INFO, method, path, response, took),
    }
}

/// To the microsecond.
fn in_millis(took: Duration) -> f64 {
    Duration::from_micros(u64::try_from(took.as_micros()).unwrap_or(u64::MAX)).as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::extract::{Json, Path, Query};
    use axum::http::Request;
    use axum::middleware::from_fn_with_state;
    use axum::routing::{get, post};
    use axum::{Router, response::IntoResponse};

    use super::{Metrics, Problem, StatusCode, observe};
    use crate::json::StrictJson;
    use crate::test_http::{ask, header, slug};

    #[expect(clippy::panic, reason = "the test is about panics")]
    async fn panicking() -> &'static str {
        tokio::task::yield_now().await;
        panic!("after the first await")
    }

    fn router() -> (Router, Metrics) {
        let metrics = Metrics::default();
        let router = Router::new()
            .route("/fine", get(async || "fine"))
            .route("/panic", get(panicking))
            .route("/text", get(async || (StatusCode::BAD_GATEWAY, "upstream said no")))
            .route("/problem", get(async || Problem::conflict().with_detail("kept").into_response()))
            .route("/items/{id}", get(async |Path(id): Path<u32>| id.to_string()))
            .route("/query", get(async |Query((n,)): Query<(u32,)>| n.to_string()))
            .route("/json", post(async |Json(n): Json<u32>| n.to_string()))
            .route("/small", post(async |StrictJson(value): StrictJson<8>| value.canonical().into_string()))
            .route("/bytes", post(async |bytes: Bytes| bytes.len().to_string()))
            .layer(from_fn_with_state(metrics.clone(), observe));
        (router, metrics)
    }

    #[tokio::test]
    async fn whatever_refuses_answers_with_a_problem_document() {
        let json = || Request::post("/json").header("content-type", "application/json");
        for (request, body, status, expected) in [
            (Request::get("/nothing"), "", 404, "not-found"),
            (Request::post("/fine"), "", 405, "method-not-allowed"),
            (Request::get("/panic"), "", 500, "internal"),
            (Request::get("/text"), "", 500, "internal"),
            (Request::get("/problem"), "", 409, "conflict"),
            (Request::get("/items/x"), "", 400, "bad-request"),
            (Request::get("/query?n=x"), "", 400, "bad-request"),
            (json(), "", 400, "bad-request"),
            (json(), "{}", 422, "invalid-request"),
            (Request::post("/json"), "1", 415, "unsupported-media-type"),
        ] {
            let (parts, body) = ask(&router().0, request, body).await;
            assert_eq!((parts.status.as_u16(), slug(&body)), (status, expected));
            assert_eq!(header(&parts, "content-type"), "application/problem+json");
        }
        let long = vec![b'0'; 3 << 20];
        let (parts, body) = ask(&router().0, Request::post("/bytes"), long).await;
        assert_eq!((parts.status.as_u16(), slug(&body)), (413, "payload-too-large"));
    }

    #[tokio::test]
    async fn problems_are_left_as_they_are_and_name_their_trace() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let traceparent = format!("00-{id}-b7ad6b7169203331-01");
        let request = Request::get("/problem").header("traceparent", traceparent);
        let (_, body) = ask(&router().0, request, "").await;
        assert_eq!(body["detail"], "kept");
        assert_eq!(body["instance"], format!("urn:proveniq:trace:{id}"));
        let (parts, _) = ask(&router().0, Request::post("/fine"), "").await;
        assert_eq!(header(&parts, "allow"), "GET,HEAD");
    }

    #[tokio::test]
    async fn an_answer_that_leaves_the_body_unread_is_the_last_of_its_connection() {
        let json = || Request::post("/json").header("content-type", "application/json");
        for (request, body, closes) in [
            (Request::post("/fine"), "1", true),
            (Request::post("/json"), "1", true),
            (json(), "1", false),
            (json(), "{}", false),
            (
                Request::post("/small").header("content-type", "application/json").header("content-length", "9"),
                "1",
                true,
            ),
            (Request::post("/nothing"), "", false),
        ] {
            let (parts, _) = ask(&router().0, request, body).await;
            assert_eq!(parts.headers.get("connection").is_some_and(|value| value == "close"), closes, "{parts:?}");
        }
    }

    #[tokio::test]
    async fn requests_are_counted_by_route_and_not_by_path() {
        let (router, metrics) = router();
        for path in ["/items/1", "/items/2", "/secret-claim-id"] {
            ask(&router, Request::get(path), "").await;
        }
        ask(&router, Request::builder().method("BREW").uri("/fine"), "").await;
        let text = metrics.text();
        for line in [
            r#"api_requests_total{method="GET",path="/items/{id}",status="200"} 2"#,
            r#"api_requests_total{method="GET",path="unmatched",status="404"} 1"#,
            r#"api_requests_total{method="OTHER",path="/fine",status="405"} 1"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("secret-claim-id"));
    }
}
