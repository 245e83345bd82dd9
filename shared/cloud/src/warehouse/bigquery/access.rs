//! Who we are to `BigQuery`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use gcp_bigquery_client::auth::Authenticator;
use gcp_bigquery_client::error::BQError;
use google_cloud_auth::credentials::{AccessTokenCredentials, Builder};

use super::failure::Failure;

/// What streaming, table schemas and the dataset's location need.
const SCOPE: &str = "https://www.googleapis.com/auth/bigquery";

/// Who we are to `BigQuery`.
#[derive(Clone)]
pub enum Access {
    /// The service account that the function runs as (application default credentials).
    Default,
    /// A token at hand: for an emulator, which believes anybody.
    Token(String),
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "Default",
            Self::Token(_) => "Token(…)",
        })
    }
}

impl Access {
    pub(super) fn authenticator(&self) -> Result<Arc<dyn Authenticator>, Failure> {
        Ok(match self {
            Self::Token(token) => Arc::new(Fixed(token.clone())),
            Self::Default => {
                let found = Builder::default().with_scopes([SCOPE]).build_access_token_credentials();
                Arc::new(Account(found.map_err(|error| Failure::Refused(error.into()))?))
            }
        })
    }
}

#[derive(Clone)]
struct Fixed(String);

/// Tokens come from a cache until shortly before they expire.
#[derive(Clone)]
struct Account(AccessTokenCredentials);

/// What the trait's methods answer with: it is older than `async fn` in traits.
type Token<'t> = Pin<Box<dyn Future<Output = Result<String, BQError>> + Send + 't>>;

impl Authenticator for Fixed {
    fn access_token<'a: 't, 't>(&'a self) -> Token<'t> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

impl Authenticator for Account {
    fn access_token<'a: 't, 't>(&'a self) -> Token<'t> {
        Box::pin(async {
            let token = self.0.access_token().await;
            // The trait knows no errors but its own; a failure to get a token is one of the network.
            token.map(|token| token.token).map_err(|error| BQError::ConnectionPoolError(error.to_string()))
        })
    }
}
