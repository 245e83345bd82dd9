//! The settings that say who may push.

use std::path::PathBuf;

use super::{Environment, Mistakes, Secret};
use crate::push::Pusher;

/// Reads them; mistakes are collected in `environment`, and there is a pusher if there are none.
pub(super) fn read(environment: &mut Environment) -> Option<Pusher> {
    match environment.optional::<String>("PUSH_AUDIENCE") {
        Some(audience) => signed(environment, audience),
        None => token(environment),
    }
}

fn token(environment: &mut Environment) -> Option<Pusher> {
    let Some(path) = environment.optional::<PathBuf>("PUSH_TOKEN_FILE") else {
        return Some(Pusher::Nobody);
    };
    let token = Secret::from_file(&path).map_err(|error| format!("PUSH_TOKEN_FILE: {error}"));
    let token = environment.take(token.map_err(Mistakes::from))?;
    if token.reveal().len() < 16 {
        environment.take::<()>(Err(format!("PUSH_TOKEN_FILE: {} holds no token", path.display()).into()));
        return None;
    }
    Some(Pusher::new(Some(token)))
}

#[cfg(not(feature = "oidc"))]
fn signed(environment: &mut Environment, _audience: String) -> Option<Pusher> {
    environment.take(Err("PUSH_AUDIENCE: this program was built without the feature oidc".to_owned().into()))
}

/// `PUSH_ISSUER` and `PUSH_JWKS_URL` are Google's if not set.
#[cfg(feature = "oidc")]
fn signed(environment: &mut Environment, audience: String) -> Option<Pusher> {
    use crate::oidc::{KeySet, Verifier};
    use crate::push::SignedFor;

    const GOOGLE: &str = "https://accounts.google.com";
    const GOOGLE_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";
    let accounts = environment.required::<String>("PUSH_SERVICE_ACCOUNTS");
    let issuer = environment.optional("PUSH_ISSUER").unwrap_or_else(|| GOOGLE.to_owned());
    let url = environment.optional("PUSH_JWKS_URL").unwrap_or_else(|| GOOGLE_KEYS.to_owned());
    let url = url.parse().map_err(|error| Mistakes::from(format!("PUSH_JWKS_URL: {error}")));
    let keys = KeySet::new(environment.take(url)?).map_err(|error| Mistakes::from(format!("PUSH_JWKS_URL: {error}")));
    let keys = environment.take(keys)?;
    let accounts: Vec<_> =
        accounts?.split(',').map(str::trim).filter(|account| !account.is_empty()).map(str::to_owned).collect();
    if accounts.is_empty() {
        return environment.take(Err("PUSH_SERVICE_ACCOUNTS names nobody".to_owned().into()));
    }
    let verifier = Verifier::new(issuer, keys, cloud::clock::Clock::System);
    Some(Pusher::Signed(std::sync::Arc::new(SignedFor { verifier, audience, accounts })))
}
