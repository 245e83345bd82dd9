//! Asking over HTTP, as a partner does.

use std::io::Cursor;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client as HttpClient, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

use crate::Failure;

/// Keeps its connections. Clones share them.
#[derive(Debug, Clone)]
pub struct Client {
    http: HttpClient<HttpConnector, Full<Cursor<Vec<u8>>>>,
    url: String,
}

impl Client {
    /// Of the region at this URL.
    pub fn new(url: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { http: HttpClient::builder(TokioExecutor::new()).build(connector), url: url.to_owned() }
    }

    /// Asks for a path with a key; the body of a 200.
    pub async fn get(&self, path: &str, key: &str) -> Result<Vec<u8>, Failure> {
        self.send(Method::GET, path, key, String::new(), 200).await
    }

    /// Posts JSON with a key; the body of an answer of this status.
    pub async fn post(&self, path: &str, key: &str, body: String, status: u16) -> Result<Vec<u8>, Failure> {
        self.send(Method::POST, path, key, body, status).await
    }

    async fn send(&self, method: Method, path: &str, key: &str, body: String, due: u16) -> Result<Vec<u8>, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(AUTHORIZATION, format!("Bearer {key}"))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Cursor::new(body.into_bytes())))?;
        let (parts, body) = self.http.request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        if parts.status == due {
            Ok(body)
        } else {
            Err(format!("{path}: {}: {}", parts.status, String::from_utf8_lossy(&body)).into())
        }
    }
}
