//! The JSON interface of Cloud Storage, as far as ours uses it: one bucket.

mod multipart;
mod resumable;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::crc32c;
use super::{Faults, Server};

/// Name of the bucket.
pub const BUCKET: &str = "ledger-eu";

/// A bucket of Cloud Storage.
#[derive(Debug)]
pub struct FakeStorage {
    /// The server.
    pub server: Server,
    state: Shared,
}

/// An object as it is kept.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The content.
    pub bytes: Vec<u8>,
    /// The version.
    pub generation: i64,
    /// Its CRC32C, as the interface writes it.
    checksum: String,
    /// The key that it was to be encrypted with.
    pub kms_key: Option<String>,
}

/// What a bucket is and holds.
#[derive(Debug)]
struct Contents {
    objects: BTreeMap<String, Stored>,
    sessions: HashMap<String, resumable::Session>,
    location: (&'static str, &'static str),
    retained: bool,
    corrupt_next: bool,
    last_generation: i64,
}

#[derive(Clone, Debug)]
struct Shared {
    contents: Arc<Mutex<Contents>>,
    faults: Faults,
    url: String,
}

/// What a write asks for beside its bytes.
#[derive(Clone, Debug)]
struct Wish {
    name: String,
    if_generation: i64,
    kms_key: Option<String>,
}

type Parameters = HashMap<String, String>;

impl FakeStorage {
    /// An empty bucket in `europe-west1`.
    pub async fn start() -> Self {
        let contents = Contents {
            objects: BTreeMap::new(),
            sessions: HashMap::new(),
            location: ("EUROPE-WEST1", "region"),
            retained: false,
            corrupt_next: false,
            last_generation: 1_700_000_000_000_000,
        };
        let contents = Arc::new(Mutex::new(contents));
        let mut state = None;
        let server = Server::start(|url, faults| {
            let shared = Shared { contents, faults: faults.clone(), url: url.to_owned() };
            state = Some(shared.clone());
            routes(shared)
        })
        .await;
        Self { server, state: state.unwrap() }
    }

    /// Moves it: location and its type, as `buckets.get` tells them.
    pub fn lie_in(&self, location: &'static str, kind: &'static str) {
        self.state.contents().location = (location, kind);
    }

    /// Puts everything under retention: objects may be made, and not replaced.
    pub fn retain(&self) {
        self.state.contents().retained = true;
    }

    /// Changes a bit of the next object that is read, on its way.
    pub fn corrupt_next(&self) {
        self.state.contents().corrupt_next = true;
    }

    /// An object behind the interface's back.
    pub fn object(&self, name: &str) -> Option<Stored> {
        self.state.contents().objects.get(name).cloned()
    }
}

fn routes(state: Shared) -> Router {
    Router::new()
        .route("/storage/v1/b/{bucket}", get(bucket))
        .route("/storage/v1/b/{bucket}/o/{object}", get(object))
        .route("/upload/storage/v1/b/{bucket}/o", post(upload))
        .route("/upload/session/{id}", put(resumable::put))
        .layer(DefaultBodyLimit::max(128 << 20))
        .with_state(state)
}

impl Shared {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap()
    }

    /// Stores an object if the wish's precondition holds, as one step.
    fn store(&self, wish: Wish, bytes: Vec<u8>) -> Response {
        let mut contents = self.contents();
        let current = contents.objects.get(&wish.name).map_or(0, |stored| stored.generation);
        if current != wish.if_generation {
            return failure(412, "conditionNotMet");
        }
        if contents.retained && current != 0 {
            return failure(403, "retentionPolicyNotMet");
        }
        contents.last_generation += 1;
        let Wish { name, kms_key, .. } = wish;
        let checksum = checksum(&bytes);
        let stored = Stored { bytes, generation: contents.last_generation, checksum, kms_key };
        let answer = json!({
            "kind": "storage#object", "name": name, "bucket": BUCKET,
            "generation": stored.generation.to_string(), "metageneration": "1",
            "size": stored.bytes.len().to_string(), "crc32c": stored.checksum,
        });
        contents.objects.insert(name, stored);
        Json(answer).into_response()
    }
}

/// The JSON interface's form of an error.
fn failure(code: u16, reason: &str) -> Response {
    let error = json!({"error": {"code": code, "message": reason, "errors": [{"domain": "global", "reason": reason}]}});
    (StatusCode::from_u16(code).unwrap(), Json(error)).into_response()
}

/// A CRC32C as the interface writes it: big-endian, in base64.
fn checksum(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(crc32c(bytes).to_be_bytes())
}

async fn bucket(State(state): State<Shared>, Path(name): Path<String>, Query(asked): Query<Parameters>) -> Response {
    if name != BUCKET {
        return failure(404, "notFound");
    }
    if asked != Parameters::from([("fields".to_owned(), "location,locationType".to_owned())]) {
        return state.faults.unexpected(format!("buckets.get with {asked:?}"));
    }
    let (location, kind) = state.contents().location;
    Json(json!({"location": location, "locationType": kind})).into_response()
}

async fn object(
    State(state): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    Query(asked): Query<Parameters>,
) -> Response {
    if asked != Parameters::from([("alt".to_owned(), "media".to_owned())]) {
        return state.faults.unexpected(format!("objects.get with {asked:?}"));
    }
    let mut contents = state.contents();
    let Some(stored) = contents.objects.get(&name).cloned().filter(|_| bucket == BUCKET) else {
        return failure(404, "notFound");
    };
    let mut headers = HeaderMap::new();
    let mut add = |name: &'static str, value: String| headers.insert(name, value.parse().unwrap());
    add("x-goog-generation", stored.generation.to_string());
    add("x-goog-metageneration", "1".to_owned());
    add("x-goog-stored-content-length", stored.bytes.len().to_string());
    add("x-goog-hash", format!("crc32c={}", stored.checksum));
    let mut bytes = stored.bytes;
    if std::mem::take(&mut contents.corrupt_next) {
        bytes[0] ^= 1;
    }
    (headers, bytes).into_response()
}

async fn upload(
    State(state): State<Shared>,
    Path(bucket): Path<String>,
    Query(mut asked): Query<Parameters>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if bucket != BUCKET {
        return failure(404, "notFound");
    }
    let kind = asked.remove("uploadType");
    let wish = wish(&mut asked);
    match (kind.as_deref(), wish) {
        _ if !asked.is_empty() => state.faults.unexpected(format!("objects.insert with {asked:?}")),
        (Some("multipart"), Some(wish)) => multipart::insert(&state, wish, &headers, &body),
        (Some("resumable"), Some(wish)) => resumable::begin(&state, wish),
        (kind, _) => state.faults.unexpected(format!("objects.insert of kind {kind:?}, or without a precondition")),
    }
}

/// What is asked for, taken out of the parameters. Every write of ours has a precondition.
fn wish(asked: &mut Parameters) -> Option<Wish> {
    let if_generation = asked.remove("ifGenerationMatch")?.parse().ok()?;
    Some(Wish { name: asked.remove("name")?, if_generation, kms_key: asked.remove("kmsKeyName") })
}
