//! Asking a region's ledger over HTTP.

mod problem;

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use truth_kernel::hash::Hash;
use ureq::http::Response;
use ureq::{Agent, Body, RequestBuilder};

pub use problem::Problem;

/// For one request and its answer, a long poll of the API (10 s) and a full batch included.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page of 50 events, each payload (256 KiB) in the worst case six times as long by escapes.
const LONGEST_ANSWER: u64 = 96 * 1024 * 1024;

/// Which ledger to ask, and as whom.
#[derive(Debug, clap::Args)]
pub struct Server {
    /// The base URL of the region.
    #[arg(long, env = "PROVENIQ_URL", value_name = "URL")]
    pub url: String,
    /// The API key.
    #[arg(long, env = "PROVENIQ_KEY", hide_env_values = true, value_name = "KEY")]
    pub key: String,
}

/// A connection to a region's ledger. Threads may share it.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    url: String,
    authorization: String,
}

/// An answer that is no refusal.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The body.
    pub text: String,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The ledger refused.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The ledger was not reached, or the connection broke.
    #[error("cannot ask {url}: {error}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        error: ureq::Error,
    },
    /// Whatever answered did not answer as a ledger does.
    #[error("{url} did not answer as a ledger does: {fault}")]
    Foreign {
        /// What was asked.
        url: String,
        /// What is wrong with the answer.
        fault: String,
    },
}

impl Client {
    /// A client of this server. Nothing is asked yet.
    pub fn new(server: &Server) -> Self {
        let url = server.url.trim_end_matches('/').to_owned();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("proveniq/", env!("CARGO_PKG_VERSION")));
        // A ledger on this machine is never behind a proxy, whatever the environment says.
        let config = if is_local(&url) { config.proxy(None) } else { config };
        let authorization = format!("Bearer {}", server.key);
        Self { agent: config.build().new_agent(), url, authorization }
    }

    /// The base URL, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Gets what is at the path under the API's root, such as `/api/v1/checkpoint`.
    pub fn get(&self, path: &str, accept: &str) -> Result<Answer, ClientError> {
        let request = self.agent.get(self.at(path)).header("accept", accept);
        self.answer(path, self.authorized(request).call())
    }

    /// Gets JSON.
    pub fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let answer = self.get(path, "application/json")?;
        self.parse(path, &answer)
    }

    /// Posts a JSON text.
    pub fn post(&self, path: &str, body: &str, idempotency_key: Option<&str>) -> Result<Answer, ClientError> {
        let request = self.agent.post(self.at(path)).header("content-type", "application/json");
        let request = match idempotency_key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        self.answer(path, self.authorized(request).send(body))
    }

    /// The answer as JSON.
    pub fn parse<T: DeserializeOwned>(&self, path: &str, answer: &Answer) -> Result<T, ClientError> {
        serde_json::from_str(&answer.text).map_err(|error| self.foreign(path, error.to_string()))
    }

    /// The newest published checkpoint of a log (without a number: of the key's own), as a note. None before the first.
    pub fn checkpoint(&self, log: Option<&str>) -> Result<Option<String>, ClientError> {
        let query = log.map(|number| format!("?log={number}")).unwrap_or_default();
        match self.get(&format!("/api/v1/checkpoint{query}"), "text/plain") {
            Ok(answer) => Ok(Some(answer.text)),
            Err(ClientError::Refused(problem)) if problem.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The proof that a log's tree of `from` leaves is the beginning of that of `to`. It is still to be verified.
    pub fn consistency(&self, log: &str, from: u64, to: u64) -> Result<Vec<Hash>, ClientError> {
        #[derive(Deserialize)]
        struct Consistency {
            hashes: Vec<String>,
        }
        let path = format!("/api/v1/consistency?from={from}&to={to}&log={log}");
        let answer: Consistency = self.get_json(&path)?;
        let hashes = answer.hashes.iter().map(|text| Hash::from_base64(text));
        let hashes: Result<_, _> = hashes.collect();
        hashes.map_err(|_| self.foreign(&path, "a hash is not one".to_owned()))
    }

    /// For whoever finds that an answer makes no sense.
    pub fn foreign(&self, path: &str, fault: String) -> ClientError {
        ClientError::Foreign { url: self.at(path), fault }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn authorized<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        request.header("authorization", &self.authorization)
    }

    fn answer(&self, path: &str, response: Result<Response<Body>, ureq::Error>) -> Result<Answer, ClientError> {
        let unreachable = |error| ClientError::Unreachable { url: self.at(path), error };
        let mut response = response.map_err(unreachable)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER);
        let text = body.read_to_string().map_err(unreachable)?;
        if (200..300).contains(&status) {
            return Ok(Answer { status, text });
        }
        match serde_json::from_str::<Problem>(&text) {
            Ok(problem) if problem.status == status => Err(ClientError::Refused(Box::new(problem))),
            _ => Err(self.foreign(path, format!("status {status} without a problem document"))),
        }
    }
}

fn is_local(url: &str) -> bool {
    let host = url.strip_prefix("http://").unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
}

#[cfg(test)]
pub mod tests;
