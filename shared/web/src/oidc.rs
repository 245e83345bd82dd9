//! Tokens of OpenID Connect: who signed them, for whom, and whether they hold now (RFC 7519, OpenID Connect Core 1.0 §3.1.3.7).

mod key_set;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use cloud::clock::Clock;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

pub use self::key_set::{KeySet, KeySetError};

/// What an issuer may sign with. Nothing symmetric: a public key is no secret.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// Seconds by which the issuer's clock and ours may differ.
const LEEWAY: i64 = 30;

/// Verifies the tokens of one issuer. Clones share its keys.
#[derive(Clone)]
pub struct Verifier(Arc<Parts>);

struct Parts {
    issuer: String,
    keys: KeySet,
    clock: Clock,
}

/// Why a token is not believed.
#[derive(Debug, Error)]
pub enum TokenError {
    /// It is no signed token, lacks a claim, was signed by somebody else, or is meant for somebody else.
    #[error("the token is not acceptable: {0}")]
    Unacceptable(#[from] jsonwebtoken::errors::Error),
    /// Its header names no key, or one that the issuer does not publish.
    #[error("the token's key is not among the issuer's")]
    UnknownKey,
    /// It does not hold any more.
    #[error("the token has expired")]
    Expired,
    /// It does not hold yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The issuer's keys are not to be had: nobody knows whether it holds.
    #[error(transparent)]
    Keys(#[from] KeySetError),
}

/// The claims that are about the token's life, and those that the caller wants.
#[derive(Deserialize)]
struct Lifetime<C> {
    exp: i64,
    nbf: Option<i64>,
    #[serde(flatten)]
    wanted: C,
}

impl Verifier {
    /// For tokens of `issuer`, whose keys are published as a JWK set.
    pub fn new(issuer: impl Into<String>, keys: KeySet, clock: Clock) -> Self {
        Self(Arc::new(Parts { issuer: issuer.into(), keys, clock }))
    }

    /// The claims of a token that this issuer signed for `audience` and that holds now.
    pub async fn verify<C: DeserializeOwned>(&self, token: &str, audience: &str) -> Result<C, TokenError> {
        let header = decode_header(token)?;
        let kid = header.kid.ok_or(TokenError::UnknownKey)?;
        let key = self.0.keys.find(&kid).await?.ok_or(TokenError::UnknownKey)?;
        let claims = decode::<Lifetime<C>>(token, &key.decoding, &self.validation(key.algorithm, audience))?.claims;
        let now = self.0.clock.now().millis() / 1000;
        if claims.exp.saturating_add(LEEWAY) <= now {
            return Err(TokenError::Expired);
        }
        if claims.nbf.is_some_and(|begins| begins.saturating_sub(LEEWAY) > now) {
            return Err(TokenError::NotYetValid);
        }
        Ok(claims.wanted)
    }

    /// The algorithm is the key's and not the token's choice. The times are compared with our own clock.
    fn validation(&self, algorithm: Algorithm, audience: &str) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.0.issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_exp = false;
        validation
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({})", self.0.issuer)
    }
}
