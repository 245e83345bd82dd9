//! A partner's server: keeps what it gets and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    pub fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Clone, Default)]
pub struct Receiver(Arc<Inner>);

#[derive(Default)]
struct Inner {
    got: Mutex<Vec<Received>>,
    /// Statuses to answer, 204 when there are none; with a location where there is one.
    answers: Mutex<VecDeque<(u16, Option<String>)>>,
    arrived: Notify,
    gate: Option<Semaphore>,
}

impl Receiver {
    pub fn answering(statuses: &[u16]) -> Self {
        let answers = Mutex::new(statuses.iter().map(|status| (*status, None)).collect());
        Self(Arc::new(Inner { answers, ..Inner::default() }))
    }

    pub fn redirecting(location: &str) -> Self {
        let answers = Mutex::new([(302, Some(location.to_owned()))].into());
        Self(Arc::new(Inner { answers, ..Inner::default() }))
    }

    /// One that answers nothing until let through.
    pub fn held() -> Self {
        Self(Arc::new(Inner { gate: Some(Semaphore::new(0)), ..Inner::default() }))
    }

    pub fn let_through(&self, requests: usize) {
        self.0.gate.as_ref().unwrap().add_permits(requests);
    }

    /// Starts to listen; the URL.
    pub async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?tenant=7", listener.local_addr().unwrap());
        let router = self.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    pub fn router(&self) -> Router {
        Router::new().fallback(take).with_state(self.clone())
    }

    pub fn got(&self) -> Vec<Received> {
        self.0.got.lock().unwrap().clone()
    }

    /// Waits for as many requests.
    pub async fn until(&self, count: usize) -> Vec<Received> {
        loop {
            let arrived = self.0.arrived.notified();
            if self.got().len() >= count {
                return self.got();
            }
            arrived.await;
        }
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    receiver.0.got.lock().unwrap().push(Received { headers, body });
    receiver.0.arrived.notify_waiters();
    if let Some(gate) = &receiver.0.gate {
        gate.acquire().await.unwrap().forget();
    }
    let (status, location) = receiver.0.answers.lock().unwrap().pop_front().unwrap_or((204, None));
    let mut answer = (StatusCode::from_u16(status).unwrap(), "an answer that nobody reads").into_response();
    if let Some(location) = location {
        answer.headers_mut().insert("location", HeaderValue::from_str(&location).unwrap());
    }
    answer
}
