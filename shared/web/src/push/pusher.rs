//! Who may push.

use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq;

use crate::config::Secret;
#[cfg(feature = "oidc")]
use crate::oidc::{TokenError, Verifier};
use crate::problem::Problem;

/// Who may push.
#[derive(Clone)]
pub enum Pusher {
    /// Whoever knows the token shared by the functions of one machine.
    Token(Arc<Secret>),
    /// Pub/Sub, Scheduler and Tasks, who come with a token that Google signed.
    #[cfg(feature = "oidc")]
    Signed(Arc<SignedFor>),
    /// Nobody.
    Nobody,
}

/// What a signed token must say.
#[cfg(feature = "oidc")]
#[derive(Debug)]
pub struct SignedFor {
    /// Knows the issuer.
    pub verifier: Verifier,
    /// `aud`: this function, as its subscriptions and queues are told to call it.
    pub audience: String,
    /// `email`: one of these service accounts, verified.
    pub accounts: Vec<String>,
}

#[cfg(feature = "oidc")]
#[derive(serde::Deserialize)]
struct Account {
    email: String,
    email_verified: bool,
}

impl fmt::Debug for Pusher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token(…)"),
            #[cfg(feature = "oidc")]
            Self::Signed(expected) => expected.fmt(f),
            Self::Nobody => f.write_str("Nobody"),
        }
    }
}

impl Pusher {
    /// The token's holder, or nobody when there is no token.
    pub fn new(token: Option<Secret>) -> Self {
        token.map_or(Self::Nobody, |token| Self::Token(Arc::new(token)))
    }

    /// Refuses whoever else calls.
    #[cfg_attr(
        not(feature = "oidc"),
        expect(clippy::unused_async, reason = "keys of an issuer may have to be fetched")
    )]
    pub(super) async fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let presented = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let presented = presented.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        match self {
            Self::Token(token) if token.reveal().as_bytes().ct_eq(presented.as_bytes()).into() => Ok(()),
            #[cfg(feature = "oidc")]
            Self::Signed(expected) => expected.check(presented).await,
            _ => Err(Problem::unauthenticated()),
        }
    }
}

#[cfg(feature = "oidc")]
impl SignedFor {
    async fn check(&self, token: &str) -> Result<(), Problem> {
        let account = self.verifier.verify::<Account>(token, &self.audience).await.map_err(|error| refused(&error))?;
        if account.email_verified && self.accounts.contains(&account.email) {
            Ok(())
        } else {
            tracing::warn!("a push by another account was refused");
            Err(Problem::unauthenticated())
        }
    }
}

/// Whose token cannot be judged is not refused for good: the message is delivered again.
#[cfg(feature = "oidc")]
fn refused(error: &TokenError) -> Problem {
    tracing::warn!(error = error as &dyn std::error::Error, "a push was refused");
    match error {
        TokenError::Keys(_) => Problem::unavailable().with_retry_after(1),
        _ => Problem::unauthenticated(),
    }
}
