//! A strict fake of the AWS Lambda Runtime API (AWS: "Using the Lambda runtime API", version 2018-06-01): one execution environment, whose
//! process takes one invocation after the other. A call that the real one would refuse is refused, and kept for the test to see.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};

/// What became of an invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The function answered this.
    Response(Value),
    /// The invocation failed.
    Error(Value),
}

/// A running fake. Clones are the same one.
#[derive(Clone, Debug)]
pub struct RuntimeApi {
    inner: Arc<Inner>,
    address: SocketAddr,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<Environment>,
    queued: Notify,
}

#[derive(Debug, Default)]
struct Environment {
    waiting: VecDeque<Invocation>,
    /// The one that the process has taken and not ended.
    open: Option<Invocation>,
    count: u32,
    violations: Vec<String>,
}

#[derive(Debug)]
struct Invocation {
    id: String,
    event: Value,
    ended: oneshot::Sender<Outcome>,
}

impl RuntimeApi {
    /// Serves on the loopback as long as the runtime of the test lives.
    pub async fn start() -> Self {
        let inner = Arc::<Inner>::default();
        let invocation = Router::new()
            .route("/next", get(next))
            .route("/{id}/response", post(response))
            .route("/{id}/error", post(error));
        let router = Router::new()
            .nest("/2018-06-01/runtime/invocation", invocation)
            .fallback(unknown)
            .with_state(Arc::clone(&inner));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, address }
    }

    /// `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Invokes the function with an event, and waits for the end.
    pub async fn invoke(&self, event: Value) -> Outcome {
        let (ended, end) = oneshot::channel();
        {
            let mut state = self.inner.state.lock().unwrap();
            state.count += 1;
            let id = format!("8476a536-e9f4-11e8-9739-{:012x}", state.count);
            state.waiting.push_back(Invocation { id, event, ended });
        }
        self.inner.queued.notify_one();
        end.await.unwrap()
    }

    /// The calls that the real one would have refused.
    pub fn violations(&self) -> Vec<String> {
        self.inner.state.lock().unwrap().violations.clone()
    }
}

/// Waits for an invocation, as long as it takes.
async fn next(State(inner): State<Arc<Inner>>) -> Response {
    loop {
        let queued = inner.queued.notified();
        match inner.take() {
            Some(answer) => return answer,
            None => queued.await,
        }
    }
}

async fn response(State(inner): State<Arc<Inner>>, Path(id): Path<String>, body: Bytes) -> Response {
    inner.end(&id, &body, Outcome::Response)
}

async fn error(State(inner): State<Arc<Inner>>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if !headers.contains_key("lambda-runtime-function-error-type") {
        return inner.refuse("an error without Lambda-Runtime-Function-Error-Type");
    }
    inner.end(&id, &body, Outcome::Error)
}

async fn unknown(State(inner): State<Arc<Inner>>, request: axum::extract::Request) -> Response {
    inner.refuse(&format!("{} {}", request.method(), request.uri()))
}

impl Inner {
    /// The oldest invocation that waits, if there is one; a refusal while another one is open.
    fn take(&self) -> Option<Response> {
        let mut state = self.state.lock().unwrap();
        if let Some(open) = &state.open {
            let violation = format!("next while {} is open", open.id);
            drop(state);
            return Some(self.refuse(&violation));
        }
        let invocation = state.waiting.pop_front()?;
        let headers = [
            ("lambda-runtime-aws-request-id", invocation.id.clone()),
            ("lambda-runtime-deadline-ms", "4102444800000".to_owned()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:1:function:f".to_owned()),
            (
                "lambda-runtime-trace-id",
                "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1".to_owned(),
            ),
            ("content-type", "application/json".to_owned()),
        ];
        let body = invocation.event.to_string();
        state.open = Some(invocation);
        Some((headers, body).into_response())
    }

    fn end(&self, id: &str, body: &[u8], outcome: impl FnOnce(Value) -> Outcome) -> Response {
        let mut state = self.state.lock().unwrap();
        let open = state.open.take_if(|open| open.id == id);
        drop(state);
        let (Some(invocation), Ok(body)) = (open, serde_json::from_slice(body)) else {
            return self.refuse(&format!("an end of {id}, which is not open, or no JSON"));
        };
        // The test may have given up waiting.
        let _ = invocation.ended.send(outcome(body));
        (StatusCode::ACCEPTED, axum::Json(json!({"status": "OK"}))).into_response()
    }

    fn refuse(&self, violation: &str) -> Response {
        self.state.lock().unwrap().violations.push(violation.to_owned());
        let body = json!({"errorMessage": violation, "errorType": "InvalidRequest"});
        (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
    }
}
