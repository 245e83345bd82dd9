//! The HTTP client of the exporters, which call it from threads of their own, outside of the runtime that it needs.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

#[derive(Clone, Debug)]
pub(super) struct Client {
    runtime: Handle,
    client: HyperClient,
}

impl Client {
    pub(super) fn new(within: Duration) -> Self {
        Self { runtime: Handle::current(), client: HyperClient::with_default_connector(within, None) }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move { client.send_bytes(request).await }).await?;
        match &sent {
            Ok(response) if response.status().is_success() => {}
            Ok(response) => tracing::warn!(reason = %response.status(), "the collector refuses"),
            Err(error) => tracing::warn!(error = %error, "the collector cannot be reached"),
        }
        sent
    }
}
