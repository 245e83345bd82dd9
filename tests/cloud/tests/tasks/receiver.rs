//! A push endpoint that keeps what it gets.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;

#[derive(Clone, Default)]
pub struct Receiver(Arc<Inner>);

#[derive(Default)]
struct Inner {
    got: Mutex<Vec<(Value, String)>>,
    /// Statuses to answer, from the last; 204 when there are none.
    answers: Mutex<Vec<u16>>,
    arrived: Notify,
}

impl Receiver {
    pub fn answering(statuses: &[u16]) -> Self {
        let answers = Mutex::new(statuses.iter().rev().copied().collect());
        Self(Arc::new(Inner { answers, ..Inner::default() }))
    }

    /// Starts to listen; the push URL.
    pub async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push/task", listener.local_addr().unwrap());
        let router = Router::new().route("/push/task", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// What arrived, with the `Authorization` of each, once it is as many.
    pub async fn until(&self, count: usize) -> Vec<(Value, String)> {
        loop {
            let arrived = self.0.arrived.notified();
            let got = self.0.got.lock().unwrap().clone();
            if got.len() >= count {
                return got;
            }
            arrived.await;
        }
    }

    /// The contents of what arrived, once it is as many.
    pub async fn contents(&self, count: usize) -> Vec<String> {
        let data = |(envelope, _): &(Value, String)| {
            let data = truth_kernel::encoding::decode_base64(envelope["message"]["data"].as_str().unwrap());
            String::from_utf8(data.unwrap()).unwrap()
        };
        self.until(count).await.iter().map(data).collect()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let token = headers["authorization"].to_str().unwrap().to_owned();
    assert_eq!(headers["content-type"], "application/json");
    receiver.0.got.lock().unwrap().push((serde_json::from_str(&body).unwrap(), token));
    receiver.0.arrived.notify_waiters();
    StatusCode::from_u16(receiver.0.answers.lock().unwrap().pop().unwrap_or(204)).unwrap()
}
