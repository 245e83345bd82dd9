//! An issuer of OpenID Connect tokens as Google's, and a pusher that shows them: the emulator pushes without any.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use cloud::clock::Clock;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Client;
use serde_json::json;

/// What the issuer calls itself.
pub const ISSUER: &str = "https://issuer.example";
/// The function that pushes are meant for.
pub const AUDIENCE: &str = "https://proof-batcher.example";
/// The account that pushes.
pub const ACCOUNT: &str = "pusher@claims-eu.iam.gserviceaccount.com";

/// A running issuer.
#[derive(Clone, Debug)]
pub struct Issuer {
    url: String,
    key: Arc<EncodingKey>,
}

impl Issuer {
    /// Starts one with a key of its own.
    pub async fn start() -> Self {
        // PKCS #8 of an Ed25519 seed, RFC 8410 §7.
        let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let key = EncodingKey::from_ed_der(&[prefix.as_slice(), &[5; 32]].concat());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA).unwrap();
        jwk.common.key_id = Some("key".to_owned());
        let keys = serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap();
        let url = serve(Router::new().route("/keys", get(async move || keys))).await;
        Self { url: format!("{url}/keys"), key: Arc::new(key) }
    }

    /// Where its keys are.
    pub fn keys_url(&self) -> &str {
        &self.url
    }

    /// A token that names this account, for this audience.
    pub fn token(&self, account: &str, audience: &str) -> String {
        let now = Clock::System.now().millis() / 1000;
        let claims = json!({ "iss": ISSUER, "aud": audience, "email": account, "email_verified": true,
            "iat": now, "exp": now + 3600 });
        let header = Header { kid: Some("key".to_owned()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &self.key).unwrap()
    }

    /// Passes pushes on to `target` with the pusher's token, each `copies` times; answers as the last copy was answered.
    pub async fn pusher(&self, target: String, copies: usize) -> String {
        let state = Pusher { token: self.token(ACCOUNT, AUDIENCE), target, copies, client: Client::new() };
        format!("{}/push", serve(Router::new().route("/push", post(pass_on)).with_state(state)).await)
    }
}

#[derive(Clone)]
struct Pusher {
    token: String,
    target: String,
    copies: usize,
    client: Client,
}

async fn pass_on(State(pusher): State<Pusher>, envelope: Bytes) -> StatusCode {
    let mut status = StatusCode::BAD_GATEWAY;
    for _ in 0..pusher.copies {
        let request = pusher.client.post(&pusher.target).bearer_auth(&pusher.token);
        let request = request.header("content-type", "application/json").body(envelope.clone());
        status = request.send().await.map_or(StatusCode::BAD_GATEWAY, |answer| answer.status());
    }
    status
}

/// Serves on a port of the loopback until the test ends; the base URL.
pub async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
