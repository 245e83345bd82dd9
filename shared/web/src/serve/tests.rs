#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Mutex;

use axum::http::Request;
use axum::routing::post;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use utoipa::OpenApi;

use super::{Arc, Metrics, Ready, Router, TcpListener, get, io, oneshot, serve_on};
use crate::config::Routes;
use crate::endpoints::Endpoints;
use crate::test_http::{ask, header, slug};

#[utoipa::path(post, path = "/events", responses((status = 200)))]
async fn post_event() {}

#[derive(OpenApi)]
#[openapi(paths(post_event), info(title = "Test", version = "1"))]
struct Document;

fn router(ready: Ready) -> Router {
    let endpoints = Endpoints::new(Document::openapi()).add("post_event", "/events", post(post_event));
    endpoints.select(&Routes::All, ()).unwrap().into_router(ready, Metrics::default())
}

#[tokio::test]
async fn the_probes_tell_life_from_readiness() {
    for (ready, status) in [(true, 200), (false, 503)] {
        let router = router(Ready::when(move || async move { ready }));
        assert_eq!(ask(&router, Request::get("/health"), "").await.0.status, 200);
        let (parts, body) = ask(&router, Request::get("/ready"), "").await;
        assert_eq!(parts.status, status);
        assert!(ready || slug(&body) == "unavailable");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_hangs_is_not_ready() {
    let router = router(Ready::when(std::future::pending::<bool>));
    assert_eq!(ask(&router, Request::get("/ready"), "").await.0.status, 503);
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_says_who_may_enter() {
    let router = router(Ready::when(async || true));
    let (parts, document) = ask(&router, Request::get("/openapi.json"), "").await;
    assert_eq!(header(&parts, "content-type"), "application/vnd.oai.openapi+json;version=3.1");
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let open: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, item)| item["get"]["security"] == serde_json::json!([{}]))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(open, ["/health", "/openapi.json", "/ready"]);
    assert_eq!(document["security"], serde_json::json!([{"bearer": []}, {"api_key": []}]));
    assert_eq!(document["info"]["title"], "Proveniq Ledger");
    insta::assert_json_snapshot!(document["components"]);
}

/// A server that is busy with one request, which it answers when told to.
struct Busy {
    client: TcpStream,
    stop: oneshot::Sender<()>,
    answer: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

impl Busy {
    async fn start() -> Self {
        let (stop, stopped) = oneshot::channel();
        let (arrive, arrived) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let once = Arc::new(Mutex::new(Some((arrive, answered))));
        let slow = get(async move || {
            let (arrive, answered) = once.lock().unwrap().take().unwrap();
            arrive.send(()).unwrap();
            answered.await.map_or("dropped", |()| "done")
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let router = Router::new().route("/slow", slow);
        let stop_on = async { stopped.await.unwrap_or_default() };
        let server = tokio::spawn(serve_on(listener, router, stop_on));
        client.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        arrived.await.unwrap();
        Self { client, stop, answer, server }
    }
}

#[tokio::test]
async fn a_request_that_is_being_served_at_the_signal_is_answered() {
    let mut busy = Busy::start().await;
    busy.stop.send(()).unwrap();
    busy.answer.send(()).unwrap();
    let mut text = String::new();
    busy.client.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.ends_with("done"), "{text}");
    busy.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    let busy = Busy::start().await;
    // From here the clock jumps to the next deadline whenever nothing else is to be done.
    tokio::time::pause();
    busy.stop.send(()).unwrap();
    busy.server.await.unwrap().unwrap();
}
