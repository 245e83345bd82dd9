//! Cloud KMS, as far as ours uses it: a signing key and a wrapping key, with real cryptography inside.

mod sign;
mod versions;
mod wrap;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

pub use self::sign::SEED;
use super::crc32c;
use super::{Faults, Server};

/// The key ring.
pub const RING: &str = "projects/ledger-eu/locations/europe-west1/keyRings/ledger";

/// Cloud KMS with the keys `log` (to sign) and `wrapping` (to wrap), which has no version yet.
#[derive(Debug)]
pub struct FakeKms {
    /// The server.
    pub server: Server,
    state: Shared,
}

type Tampering = Box<dyn FnOnce(&mut Value) + Send>;

#[derive(Clone)]
struct Shared {
    keys: Arc<Mutex<Keys>>,
    faults: Faults,
}

struct Keys {
    /// By number, from 1.
    wrapping: BTreeMap<u32, versions::Version>,
    /// How often a new version is looked at before it is enabled.
    slow: u32,
    /// Algorithm of the signing key, as its number.
    algorithm: u32,
    tampering: Option<Tampering>,
}

/// An answer, or an HTTP status with the status of the interface.
type Answer = Result<Value, (u16, &'static str)>;

const INVALID: (u16, &str) = (400, "INVALID_ARGUMENT");
const UNFIT: (u16, &str) = (400, "FAILED_PRECONDITION");
const ABSENT: (u16, &str) = (404, "NOT_FOUND");

impl FakeKms {
    /// Starts it.
    pub async fn start() -> Self {
        let keys = Keys { wrapping: BTreeMap::new(), slow: 0, algorithm: sign::ED25519, tampering: None };
        let keys = Arc::new(Mutex::new(keys));
        let mut state = None;
        let server = Server::start(|_, faults| {
            let shared = Shared { keys, faults: faults.clone() };
            state = Some(shared.clone());
            Router::new().route("/v1/{*name}", any(call)).with_state(shared)
        })
        .await;
        Self { server, state: state.unwrap() }
    }

    /// Changes the next answer.
    pub fn tamper(&self, tampering: impl FnOnce(&mut Value) + Send + 'static) {
        self.state.keys().tampering = Some(Box::new(tampering));
    }

    /// Lets new versions be looked at this often before they are enabled.
    pub fn be_slow(&self, looks: u32) {
        self.state.keys().slow = looks;
    }

    /// Makes the signing key one of another algorithm, by its number.
    pub fn change_algorithm(&self, algorithm: u32) {
        self.state.keys().algorithm = algorithm;
    }

    /// States of the wrapping key's versions, by their names in the interface.
    pub fn states(&self) -> Vec<(u32, &'static str)> {
        self.state.keys().wrapping.iter().map(|(number, version)| (*number, version.state.name())).collect()
    }

    /// Destroys a version behind the client's back.
    pub fn destroy(&self, number: u32) {
        versions::destroy(&mut self.state.keys(), number).unwrap();
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(…)")
    }
}

impl Shared {
    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap()
    }
}

/// Every call: `/v1/<resource>[:<verb>]`.
async fn call(
    State(state): State<Shared>,
    method: Method,
    Path(path): Path<String>,
    Query(parameters): Query<BTreeMap<String, String>>,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if parameters.get("$alt").map(String::as_str) != Some("json;enum-encoding=int") {
        return state.faults.unexpected(format!("{method} {path} with {parameters:?}"));
    }
    let mut keys = state.keys();
    let answered = match (method.as_str(), path.strip_prefix(RING).unwrap_or(&path).trim_start_matches('/')) {
        ("GET", "cryptoKeys/log/cryptoKeyVersions/1/publicKey") => Some(Ok(sign::public_key(&keys))),
        ("POST", "cryptoKeys/log/cryptoKeyVersions/1:asymmetricSign") => Some(sign::sign(&body)),
        ("POST", "cryptoKeys/wrapping:decrypt") => Some(wrap::decrypt(&keys, &body)),
        (method, rest) => rest
            .strip_prefix("cryptoKeys/wrapping/cryptoKeyVersions")
            .and_then(|version| versions::call(&mut keys, method, version, &parameters, &body)),
    };
    let Some(answered) = answered else {
        drop(keys);
        return state.faults.unexpected(format!("{method} {path} {body}"));
    };
    let tampering = keys.tampering.take();
    match answered {
        Ok(mut answer) => {
            if let Some(tamper) = tampering {
                tamper(&mut answer);
            }
            Json(answer).into_response()
        }
        Err((code, status)) => {
            let error = json!({"error": {"code": code, "message": "as the fake sees it", "status": status}});
            (StatusCode::from_u16(code).unwrap(), Json(error)).into_response()
        }
    }
}

/// The bytes of a member and of its checksum, which must be there and right.
fn checked(body: &Value, member: &str) -> Result<Vec<u8>, (u16, &'static str)> {
    let bytes = BASE64_STANDARD.decode(body[member].as_str().unwrap_or_default()).map_err(|_| INVALID)?;
    let claimed = &body[format!("{member}Crc32c")];
    if *claimed == json!(crc32c(&bytes).to_string()) { Ok(bytes) } else { Err(INVALID) }
}

/// A member's bytes as the interface writes them.
fn encoded(bytes: &[u8]) -> (Value, Value) {
    (json!(BASE64_STANDARD.encode(bytes)), json!(crc32c(bytes).to_string()))
}
