//! Serving under AWS Lambda: the same router, asked by invocations instead of connections, one at a time.

use std::convert::Infallible;
use std::io;

use axum::Router;
use axum::http::{Uri, header};
use axum::response::Response;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt, Service, service_fn};

use crate::metrics::Metrics;

/// Takes invocations from the Runtime API until `stop`. Lambda sends SIGTERM between invocations only, so none is cut off.
pub(super) async fn serve(router: Router, metrics: Metrics, stop: impl Future<Output = ()>) -> io::Result<()> {
    tracing::info!("serving invocations");
    let invoked = service_fn(|event| answer(router.clone(), metrics.clone(), event));
    tokio::select! {
        served = lambda_http::run(invoked) => served.map_err(io::Error::other),
        () = stop => Ok(()),
    }
}

async fn answer(mut router: Router, metrics: Metrics, mut event: Request) -> Result<Response, Infallible> {
    if let Some(uri) = asked_for(&event) {
        *event.uri_mut() = uri;
    }
    let mut response = router.call(event).await?;
    // It is about a connection (RFC 9110 §7.6.1), and there is none.
    response.headers_mut().remove(header::CONNECTION);
    // Once it is answered, the process is frozen until somebody asks again.
    metrics.flush().await;
    Ok(response)
}

/// What the client asked for, as over a connection: the library makes the URI absolute and puts the stage in front of the path.
fn asked_for(event: &Request) -> Option<Uri> {
    let path = without_stage(event.raw_http_path(), event.request_context_ref());
    match event.uri().query() {
        Some(query) => format!("{path}?{query}").parse().ok(),
        None => path.parse().ok(),
    }
}

/// The raw path begins with the stage in an event of an HTTP API, unless that is `$default`, and in no other event.
fn without_stage<'a>(path: &'a str, context: Option<&RequestContext>) -> &'a str {
    let Some(RequestContext::ApiGatewayV2(context)) = context else { return path };
    let Some(stage) = context.stage.as_deref().filter(|stage| *stage != "$default") else { return path };
    let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage));
    rest.filter(|rest| rest.starts_with('/')).unwrap_or(path)
}
