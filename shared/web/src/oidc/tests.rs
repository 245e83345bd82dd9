#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use cloud::clock::{Clock, ManualClock};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use truth_kernel::time::Timestamp;

use super::{KeySet, TokenError, Verifier};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.example";

/// An Ed25519 key in the PKCS #8 form of RFC 8410 §7.
fn key(seed: u8) -> EncodingKey {
    let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    EncodingKey::from_ed_der(&[prefix.as_slice(), &[seed; 32]].concat())
}

fn jwk(kid: &str, key: &EncodingKey) -> Jwk {
    let mut jwk = Jwk::from_encoding_key(key, Algorithm::EdDSA).unwrap();
    jwk.common.key_id = Some(kid.to_owned());
    jwk
}

fn token(kid: &str, key: &EncodingKey, claims: &Value) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, claims, key).unwrap()
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "me", "exp": NOW + 300, "nbf": NOW - 300, "email": "a@example.com" })
}

/// An issuer that counts how often it was asked.
struct Issuer {
    keys: Arc<Mutex<Option<Vec<Jwk>>>>,
    asked: Arc<AtomicU32>,
    verifier: Verifier,
    hands: ManualClock,
}

impl Issuer {
    async fn start(max_age: &'static str) -> Self {
        let keys = Arc::new(Mutex::new(Some(vec![jwk("a", &key(1))])));
        let asked = Arc::new(AtomicU32::new(0));
        let (served, counted) = (Arc::clone(&keys), Arc::clone(&asked));
        let answer = move || async move {
            counted.fetch_add(1, Ordering::SeqCst);
            match served.lock().unwrap().clone() {
                Some(keys) => ([(header::CACHE_CONTROL, max_age)], serde_json::to_string(&JwkSet { keys }).unwrap())
                    .into_response(),
                None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/keys", get(answer))).await });
        let (clock, hands) = Clock::manual(Timestamp::from_millis(NOW * 1000));
        let verifier = Verifier::new(ISSUER, KeySet::new(url).unwrap(), clock);
        Self { keys, asked, verifier, hands }
    }

    async fn verify(&self, token: &str) -> Result<Value, TokenError> {
        self.verifier.verify(token, "me").await
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_token_of_the_issuer_for_us_is_believed() {
    let issuer = Issuer::start("public, max-age=3600").await;
    assert_eq!(issuer.verify(&token("a", &key(1), &claims())).await.unwrap()["email"], "a@example.com");
    let mut several = claims();
    several["aud"] = json!(["you", "me"]);
    assert!(issuer.verify(&token("a", &key(1), &several)).await.is_ok());
}

#[tokio::test]
async fn every_other_token_is_refused() {
    let issuer = Issuer::start("max-age=3600").await;
    for (claim, value) in [
        ("iss", json!("https://issuer.example.com")),
        ("aud", json!("you")),
        ("exp", json!(NOW - 31)),
        ("exp", Value::Null),
        ("exp", json!("soon")),
        ("nbf", json!(NOW + 31)),
        ("aud", Value::Null),
        ("iss", Value::Null),
    ] {
        let mut claims = claims();
        claims[claim] = value.clone();
        assert!(issuer.verify(&token("a", &key(1), &claims)).await.is_err(), "{claim} = {value}");
    }
    assert!(matches!(issuer.verify(&token("a", &key(2), &claims())).await, Err(TokenError::Unacceptable(_))));
    assert!(matches!(issuer.verify(&token("b", &key(1), &claims())).await, Err(TokenError::UnknownKey)));
    for text in ["", "a", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        assert!(issuer.verify(text).await.is_err(), "{text}");
    }
}

/// CVE-2015-9235: a public key taken for the secret of an HMAC.
#[tokio::test]
async fn a_token_does_not_choose_its_algorithm() {
    let issuer = Issuer::start("max-age=3600").await;
    let public = serde_json::to_vec(&jwk("a", &key(1))).unwrap();
    let header = Header { kid: Some("a".to_owned()), ..Header::new(Algorithm::HS256) };
    let forged = encode(&header, &claims(), &EncodingKey::from_secret(&public)).unwrap();
    assert!(matches!(issuer.verify(&forged).await, Err(TokenError::Unacceptable(_))));
}

#[tokio::test]
async fn a_jump_of_the_clock_ends_a_token() {
    let issuer = Issuer::start("max-age=3600").await;
    let token = token("a", &key(1), &claims());
    issuer.hands.advance(329_000);
    assert!(issuer.verify(&token).await.is_ok(), "within the leeway");
    issuer.hands.advance(1_000);
    assert!(matches!(issuer.verify(&token).await, Err(TokenError::Expired)));
    issuer.hands.advance(-3_600_000);
    assert!(matches!(issuer.verify(&token).await, Err(TokenError::NotYetValid)));
}

#[tokio::test]
async fn many_callers_ask_the_issuer_once() {
    let issuer = Arc::new(Issuer::start("max-age=3600").await);
    let token = token("a", &key(1), &claims());
    let calls = (0..50).map(|_| {
        let (issuer, token) = (Arc::clone(&issuer), token.clone());
        async move { issuer.verify(&token).await.is_ok() }
    });
    let calls: tokio::task::JoinSet<_> = calls.collect();
    assert!(calls.join_all().await.into_iter().all(|believed| believed));
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn invented_key_ids_do_not_make_us_ask_again_and_again() {
    let issuer = Issuer::start("max-age=3600").await;
    assert!(issuer.verify(&token("a", &key(1), &claims())).await.is_ok());
    for number in 0..20 {
        let invented = token(&format!("invented {number}"), &key(1), &claims());
        assert!(matches!(issuer.verify(&invented).await, Err(TokenError::UnknownKey)));
    }
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_after_the_pause() {
    let issuer = Issuer::start("max-age=3600").await;
    assert!(issuer.verify(&token("a", &key(1), &claims())).await.is_ok());
    issuer.keys.lock().unwrap().as_mut().unwrap().push(jwk("b", &key(2)));
    let new = token("b", &key(2), &claims());
    assert!(matches!(issuer.verify(&new).await, Err(TokenError::UnknownKey)), "it was asked just now");
    later(Duration::from_secs(11)).await;
    assert!(issuer.verify(&new).await.is_ok());
}

#[tokio::test]
async fn a_withdrawn_key_ends_with_its_age() {
    let issuer = Issuer::start("max-age=60").await;
    let token = token("a", &key(1), &claims());
    assert!(issuer.verify(&token).await.is_ok());
    issuer.keys.lock().unwrap().as_mut().unwrap().clear();
    later(Duration::from_secs(30)).await;
    assert!(issuer.verify(&token).await.is_ok(), "the set is still fresh");
    later(Duration::from_secs(31)).await;
    assert!(matches!(issuer.verify(&token).await, Err(TokenError::UnknownKey)));
}

#[tokio::test]
async fn old_keys_serve_while_the_issuer_is_away_but_not_for_ever() {
    let issuer = Issuer::start("max-age=60").await;
    let token = token("a", &key(1), &claims());
    assert!(issuer.verify(&token).await.is_ok());
    *issuer.keys.lock().unwrap() = None;
    later(Duration::from_secs(61)).await;
    assert!(issuer.verify(&token).await.is_ok());
    later(Duration::from_hours(6)).await;
    assert!(matches!(issuer.verify(&token).await, Err(TokenError::Keys(_))));
}

#[tokio::test]
async fn without_any_keys_nobody_is_believed_and_nobody_asks_in_a_row() {
    let issuer = Issuer::start("max-age=60").await;
    *issuer.keys.lock().unwrap() = None;
    let token = token("a", &key(1), &claims());
    for _ in 0..5 {
        assert!(matches!(issuer.verify(&token).await, Err(TokenError::Keys(_))));
    }
    assert_eq!(issuer.asked(), 1);
}

/// Moves the monotonic clock without waiting.
async fn later(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
