//! A push endpoint that keeps what it gets and answers as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::sync::watch;

/// The endpoint. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Receiver {
    url: String,
    got: watch::Sender<Vec<Value>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    /// Answers these statuses, then 204 to everything.
    pub async fn answering(answers: impl IntoIterator<Item = u16>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push/receive", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        let receiver = Self { url, got: watch::Sender::new(Vec::new()), answers };
        let router = Router::new().route("/push/receive", post(receive)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The envelopes, as soon as there are this many.
    pub async fn until(&self, count: usize) -> Vec<Value> {
        let mut got = self.got.subscribe();
        let waiting = got.wait_for(|got| got.len() >= count);
        let waited = tokio::time::timeout(Duration::from_mins(1), waiting).await;
        waited.unwrap_or_else(|_| panic!("{count} messages at {}", self.url)).unwrap().clone()
    }
}

async fn receive(State(receiver): State<Receiver>, Json(envelope): Json<Value>) -> StatusCode {
    let answer = receiver.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    receiver.got.send_modify(|got| got.push(envelope));
    StatusCode::from_u16(answer.unwrap_or(204)).unwrap()
}
