//! A timestamp authority on the loopback, for all regions of this machine: `openssl ts` behind a route. Only this machine trusts it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use private_authority::{Authority, Plan};
use timestamp::REPLY_TYPE;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::error::Error;

/// Where a region finds its authority.
#[derive(Clone, Debug)]
pub struct AuthorityAddress {
    /// Where it is asked.
    pub url: String,
    /// A PEM file of the root that vouches for it.
    pub roots: PathBuf,
}

/// An authority that serves until it is dropped.
#[derive(Debug)]
pub struct LocalAuthority {
    address: AuthorityAddress,
    serving: JoinHandle<()>,
}

impl LocalAuthority {
    /// Brings up the authority whose keys lie in `folder`, made where they are missing. None where `openssl` is not installed.
    pub async fn start(folder: &Path) -> Result<Option<Self>, Error> {
        if !private_authority::is_installed() {
            return Ok(None);
        }
        let authority = Authority::prepare(folder, &Plan::default())?;
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(Error::io("no port for the timestamp authority"))?;
        let address = listener.local_addr().map_err(Error::io("a listener without an address"))?;
        let address = AuthorityAddress { url: format!("http://{address}/timestamp"), roots: authority.roots() };
        let router = Router::new().route("/timestamp", post(stamp)).with_state(Arc::new(authority));
        let serving = tokio::spawn(async move {
            // Serves until it is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Some(Self { address, serving }))
    }

    /// Where it is.
    pub fn address(&self) -> AuthorityAddress {
        self.address.clone()
    }
}

impl Drop for LocalAuthority {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn stamp(State(authority): State<Arc<Authority>>, query: Bytes) -> Response {
    let reply = tokio::task::spawn_blocking(move || authority.reply(&query)).await;
    match reply {
        Ok(Ok(reply)) => ([(header::CONTENT_TYPE, REPLY_TYPE)], reply).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
