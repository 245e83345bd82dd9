//! Secret Manager with one secret.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::crc32c;
use super::{Faults, Server};

/// The secret's only version.
pub const SECRET: &str = "projects/ledger-eu/locations/europe-west1/secrets/receipts/versions/3";

/// The same, with the project's number, as the service answers.
const ANSWERED: &str = "projects/123456789/locations/europe-west1/secrets/receipts/versions/3";

/// Secret Manager.
#[derive(Debug)]
pub struct FakeSecrets {
    /// The server.
    pub server: Server,
    answer: Arc<Mutex<Value>>,
}

impl FakeSecrets {
    /// With this content.
    pub async fn start(content: &[u8]) -> Self {
        let payload = json!({"data": BASE64_STANDARD.encode(content), "dataCrc32c": crc32c(content).to_string()});
        let answer = Arc::new(Mutex::new(json!({"name": ANSWERED, "payload": payload})));
        let state = Arc::clone(&answer);
        let server = Server::start(|_, faults| {
            Router::new().route("/v1/{*name}", get(access)).with_state((state, faults.clone()))
        })
        .await;
        Self { server, answer }
    }

    /// Changes what it answers.
    pub fn tamper(&self, tampering: impl FnOnce(&mut Value)) {
        tampering(&mut self.answer.lock().unwrap());
    }
}

async fn access(
    State((answer, faults)): State<(Arc<Mutex<Value>>, Faults)>,
    Path(path): Path<String>,
    Query(parameters): Query<BTreeMap<String, String>>,
) -> Response {
    if parameters.get("$alt").map(String::as_str) != Some("json;enum-encoding=int") {
        return faults.unexpected(format!("{path} with {parameters:?}"));
    }
    match path.strip_suffix(":access") {
        Some(SECRET) => Json(answer.lock().unwrap().clone()).into_response(),
        Some(_) => {
            let error = json!({"error": {"code": 404, "message": "no such secret", "status": "NOT_FOUND"}});
            (StatusCode::NOT_FOUND, Json(error)).into_response()
        }
        None => faults.unexpected(path),
    }
}
