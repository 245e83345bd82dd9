//! Calls that go wrong on purpose.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused with this status before anything happened.
    Refuse(u16),
    /// Carried out, and then answered with 503.
    FailAfter,
    /// Never answered, and nothing happened.
    Hang,
    /// Carried out and never answered.
    HangAfter,
}

/// What a server is to do wrong, by the number of the call, and the calls that it got.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    calls: Vec<String>,
    planned: BTreeMap<usize, Fault>,
    unexpected: Vec<String>,
    /// The token that every call must bear; none may bear one if there is none.
    token: Option<&'static str>,
}

impl Faults {
    /// Lets the call of this number (from 0, counted from the server's start) go wrong.
    pub fn at(&self, call: usize, fault: Fault) {
        self.plan().planned.insert(call, fault);
    }

    /// Lets the next calls go wrong, one each.
    pub fn next(&self, faults: &[Fault]) {
        let mut plan = self.plan();
        let first = plan.calls.len();
        plan.planned.extend((first..).zip(faults.iter().copied()));
    }

    /// Takes back what was planned and has not happened; how much that was.
    pub fn cancel(&self) -> usize {
        std::mem::take(&mut self.plan().planned).len()
    }

    /// The calls so far: method and path.
    pub fn calls(&self) -> Vec<String> {
        self.plan().calls.clone()
    }

    /// Lets in only who bears this token. Before, a call with any token is unexpected: this machine is shown no credentials.
    pub fn demand(&self, token: &'static str) {
        self.plan().token = Some(token);
    }

    /// Notes a request that ours should never make.
    pub fn unexpected(&self, what: impl Into<String>) -> Response {
        let what = what.into();
        self.plan().unexpected.push(what.clone());
        (StatusCode::NOT_IMPLEMENTED, what).into_response()
    }

    /// Fails the test if there was such a request.
    pub fn check(&self) {
        let unexpected = std::mem::take(&mut self.plan().unexpected);
        assert!(unexpected.is_empty(), "unexpected requests: {unexpected:#?}");
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap()
    }

    fn begin(&self, request: &Request) -> Option<Fault> {
        let mut plan = self.plan();
        let borne = request.headers().get("authorization").map(|value| value.to_str().unwrap_or_default().to_owned());
        if borne != plan.token.map(|token| format!("Bearer {token}")) {
            plan.unexpected.push(format!("{} {} bearing {borne:?}", request.method(), request.uri()));
        }
        let number = plan.calls.len();
        plan.calls.push(format!("{} {}", request.method(), request.uri().path()));
        plan.planned.remove(&number)
    }
}

/// Carries out a call as planned.
pub(super) async fn inject(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let unavailable = |status: u16| {
        let body =
            serde_json::json!({"error": {"code": status, "message": "a planned fault", "status": "UNAVAILABLE"}});
        (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
    };
    match faults.begin(&request) {
        None => next.run(request).await,
        Some(Fault::Refuse(status)) => unavailable(status),
        Some(Fault::FailAfter) => {
            next.run(request).await;
            unavailable(503)
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::HangAfter) => {
            next.run(request).await;
            std::future::pending().await
        }
    }
}
