//! Who calls and what they may do. The extractor is the permission.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use thiserror::Error;
use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;
use truth_kernel::id::{ApiKeyId, OrgId};
use truth_kernel::region::Region;

use crate::api_key::ApiKey;
use crate::problem::Problem;
use crate::scope::{Permission, Scopes};
use crate::trace;

/// A caller with a valid API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The organization that calls.
    pub org: OrgId,
    /// Whether it means the live or the test log.
    pub mode: Mode,
    /// The key that it calls with.
    pub key: ApiKeyId,
    /// What the key may do.
    pub scopes: Scopes,
    /// The region that the key is registered to call from.
    pub region: Region,
    /// Whether it calls for the region itself: an operator, who may act for any organization.
    pub operator: bool,
    /// The generation of the organization's chains under which all of this was read: what is decided
    /// from it goes into an append together with this number.
    pub generation: u64,
    /// SHA-256 of the key's text, to look it up again with.
    pub secret_sha256: Hash,
}

/// What is known of an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It counts.
    Active(Caller),
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// It counts, but its organization is suspended or closed.
    Suspended,
    /// There is no such key here.
    Unknown,
}

impl Finding {
    /// The caller, if the key counts.
    pub fn caller(self) -> Result<Caller, Problem> {
        match self {
            Self::Active(caller) => Ok(caller),
            Self::Expired => Err(Problem::key_expired()),
            Self::Revoked => Err(Problem::key_revoked()),
            Self::Suspended => {
                Err(Problem::forbidden().with_detail("the organization is not active").with_rule("organization:active"))
            }
            Self::Unknown => Err(Problem::key_unknown()),
        }
    }
}

/// The keys cannot be looked up now.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("API keys cannot be looked up")]
pub struct CannotTell;

impl From<CannotTell> for Problem {
    fn from(_: CannotTell) -> Self {
        Self::unavailable().with_detail("API keys cannot be looked up now").with_retry_after(1)
    }
}

/// What [`Authenticator::authenticate`] returns.
pub type Authentication<'a> = Pin<Box<dyn Future<Output = Result<Finding, CannotTell>> + Send + 'a>>;

/// Looks API keys up. May answer from a cache of seconds; what must hold at commit (revocation) is
/// checked again there. Whoever implements it logs why it cannot tell.
pub trait Authenticator: Send + Sync + 'static {
    /// Finds a key by the SHA-256 of its text.
    fn authenticate<'a>(&'a self, key: &'a Hash) -> Authentication<'a>;
}

/// The base URLs of all regions, by region.
pub type RegionUrls = BTreeMap<Region, String>;

/// Everything that letting a caller in needs; part of every function's state.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    authenticator: Box<dyn Authenticator>,
    here: Region,
    regions: RegionUrls,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Door({})", self.0.here)
    }
}

impl Door {
    /// The door of the region `here`, which knows where the others are.
    pub fn new(authenticator: impl Authenticator, here: Region, regions: RegionUrls) -> Self {
        Self(Arc::new(Inner { authenticator: Box::new(authenticator), here, regions }))
    }

    async fn admit(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let key: ApiKey = presented(headers)?.parse().map_err(|_| Problem::key_unknown())?;
        let caller = match self.0.authenticator.authenticate(&key.hash()).await? {
            Finding::Unknown => return Err(self.unknown(&key)),
            finding => finding.caller()?,
        };
        trace::note_caller(caller.org, caller.key);
        Ok(caller)
    }

    /// A key that is unknown here but bears another region's code belongs there.
    fn unknown(&self, key: &ApiKey) -> Problem {
        match self.0.regions.get(key.region()) {
            Some(url) if *key.region() != self.0.here => Problem::wrong_region().with_home_url(url),
            _ => Problem::key_unknown(),
        }
    }
}

/// The key in `X-API-Key`, else the bearer token. In this order, because an API gateway puts a token
/// of its own into `Authorization`.
fn presented(headers: &HeaderMap) -> Result<&str, Problem> {
    let api_key = headers.get("x-api-key").map(|value| value.to_str().unwrap_or_default());
    let bearer = || {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    };
    api_key.or_else(bearer).ok_or_else(Problem::unauthenticated)
}

/// A caller who may do `P`: asking for it is all that a handler has to do about permission.
pub struct Authorized<P: Permission> {
    /// Who it is.
    pub caller: Caller,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> fmt::Debug for Authorized<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorized({}, {:?})", P::SCOPE, self.caller)
    }
}

impl<S, P> FromRequestParts<S> for Authorized<P>
where
    S: Send + Sync,
    P: Permission,
    Door: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Door::from_ref(state).admit(&parts.headers).await?;
        if !caller.scopes.contains(P::SCOPE) {
            let detail = format!("the API key lacks the scope {}", P::SCOPE);
            return Err(Problem::forbidden().with_detail(detail).with_rule(format!("scope:{}", P::SCOPE)));
        }
        Ok(Self { caller, permission: PhantomData })
    }
}

#[cfg(test)]
mod tests;
