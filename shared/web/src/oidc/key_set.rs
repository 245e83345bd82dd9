//! An issuer's public keys (RFC 7517), fetched when needed and kept as long as the issuer says.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::header::CACHE_CONTROL;
use reqwest::{Client, Response, Url, redirect};
use thiserror::Error;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::ALGORITHMS;

/// How long the issuer may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// A set of keys is a few kilobytes.
const LIMIT: usize = 256 * 1024;
/// How long keys are kept when the issuer does not say, and the most, whatever it says.
const AGE: Duration = Duration::from_mins(5);
const LONGEST_AGE: Duration = Duration::from_hours(24);
/// How long old keys are still good while the issuer cannot be reached.
const STALE_IF_ERROR: Duration = Duration::from_hours(6);
/// The least time between two fetches: tokens with invented key ids must not make us ask the issuer each time.
const PAUSE: Duration = Duration::from_secs(10);

/// Keys by their ids, from the issuer's URL.
pub struct KeySet {
    url: Url,
    client: Client,
    kept: RwLock<Option<Arc<Kept>>>,
    /// When the issuer was asked last. Whoever holds it is asking.
    asked: Mutex<Option<Instant>>,
}

/// A key and what it signs with.
#[derive(Clone)]
pub(super) struct PublicKey {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

struct Kept {
    keys: HashMap<String, PublicKey>,
    fresh_until: Instant,
}

/// Why an issuer's keys are not to be had.
#[derive(Debug, Error)]
pub enum KeySetError {
    /// It did not answer, or not with a set of keys.
    #[error("the issuer's keys cannot be fetched")]
    Fetch(#[from] reqwest::Error),
    /// What it answered is longer than any set of keys.
    #[error("the issuer's keys are longer than {LIMIT} bytes")]
    TooLong,
    /// What it answered is no JWK set.
    #[error("the issuer's keys are no JWK set")]
    NotAKeySet(#[from] serde_json::Error),
    /// It could not be asked a moment ago.
    #[error("the issuer's keys could not be fetched a moment ago")]
    Paused,
}

impl KeySet {
    /// The keys that are published at `url`; nothing is fetched before the first token.
    pub fn new(url: Url) -> Result<Self, KeySetError> {
        let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build()?;
        Ok(Self { url, client, kept: RwLock::default(), asked: Mutex::default() })
    }

    /// The key with this id, or none when the issuer does not publish it.
    pub(super) async fn find(&self, kid: &str) -> Result<Option<PublicKey>, KeySetError> {
        let kept = self.kept();
        match kept.as_ref().and_then(|kept| kept.keys.get(kid).map(|key| (kept, key))) {
            Some((kept, key)) if kept.fresh_until > Instant::now() => Ok(Some(key.clone())),
            Some((kept, key)) => self.refreshed(kept, kid, key).await,
            None => self.fetched(kept.as_ref(), kid).await,
        }
    }

    /// A key that we have, but should ask for again. Only one caller asks, and the others go on with what they have.
    async fn refreshed(&self, kept: &Kept, kid: &str, key: &PublicKey) -> Result<Option<PublicKey>, KeySetError> {
        let Ok(mut asked) = self.asked.try_lock() else { return Ok(Some(key.clone())) };
        let paused = asked.is_some_and(|asked| asked.elapsed() < PAUSE);
        let fetched = if paused { Err(KeySetError::Paused) } else { self.fetch(&mut asked).await };
        match fetched {
            Ok(kept) => Ok(kept.keys.get(kid).cloned()),
            Err(_) if kept.fresh_until + STALE_IF_ERROR > Instant::now() => Ok(Some(key.clone())),
            Err(error) => Err(error),
        }
    }

    /// A key that we do not have. Whoever waited for another's fetch uses what that brought.
    async fn fetched(&self, had: Option<&Arc<Kept>>, kid: &str) -> Result<Option<PublicKey>, KeySetError> {
        let mut asked = self.asked.lock().await;
        let kept = match self.kept() {
            Some(kept) if had.is_none_or(|had| !Arc::ptr_eq(had, &kept)) => kept,
            Some(kept) if asked.is_some_and(|asked| asked.elapsed() < PAUSE) => kept,
            None if asked.is_some_and(|asked| asked.elapsed() < PAUSE) => return Err(KeySetError::Paused),
            _ => self.fetch(&mut asked).await?,
        };
        Ok(kept.keys.get(kid).cloned())
    }

    async fn fetch(&self, asked: &mut MutexGuard<'_, Option<Instant>>) -> Result<Arc<Kept>, KeySetError> {
        **asked = Some(Instant::now());
        let answer = self.client.get(self.url.clone()).send().await?.error_for_status()?;
        let fresh_until = Instant::now() + max_age(&answer);
        let set: JwkSet = serde_json::from_slice(&body(answer).await?)?;
        let keys = set.keys.iter().filter_map(public_key).collect();
        let kept = Arc::new(Kept { keys, fresh_until });
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&kept));
        Ok(kept)
    }

    fn kept(&self) -> Option<Arc<Kept>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The whole body, as long as it is not too long.
async fn body(mut answer: Response) -> Result<Vec<u8>, KeySetError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LIMIT {
            return Err(KeySetError::TooLong);
        }
    }
    Ok(bytes)
}

/// `max-age` of the answer (RFC 9111 §5.2.2.1), within bounds.
fn max_age(answer: &Response) -> Duration {
    let directives = answer.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let seconds = directives.split(',').find_map(|directive| directive.trim().strip_prefix("max-age=")?.parse().ok());
    seconds.map_or(AGE, Duration::from_secs).clamp(PAUSE, LONGEST_AGE)
}

/// A key that signs with one of our algorithms; the issuer's others are not ours to use.
fn public_key(jwk: &Jwk) -> Option<(String, PublicKey)> {
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let algorithm = algorithm(jwk).filter(|_| signs)?;
    Some((jwk.common.key_id.clone()?, PublicKey { algorithm, decoding: DecodingKey::from_jwk(jwk).ok()? }))
}

/// What the key says it signs with; else what its kind can only mean.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    if let Some(named) = jwk.common.key_algorithm {
        return ALGORITHMS.into_iter().find(|algorithm| KeyAlgorithm::from(*algorithm) == named);
    }
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Some(Algorithm::ES256),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Some(Algorithm::EdDSA),
        _ => None,
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({})", self.url)
    }
}
