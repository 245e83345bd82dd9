//! Talking to a region's API.

use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::failure::{Exit, Failure};

/// Where the ledger is, and who calls.
#[derive(Debug, Clone, Args)]
pub(crate) struct Server {
    /// The base URL of the region.
    #[arg(long, env = "PROVENIQ_URL")]
    url: String,
    /// The API key.
    #[arg(long, env = "PROVENIQ_KEY", hide_env_values = true)]
    key: String,
}

/// A connection to the API, with the key in every request.
pub(crate) struct Client {
    agent: Agent,
    base: String,
    key: String,
}

/// What the server said.
pub(crate) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    retry_after: Option<Duration>,
}

/// A problem document (RFC 9457) as far as it is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: String,
    detail: Option<String>,
    instance: Option<String>,
    home_url: Option<String>,
    errors: Vec<FieldError>,
}

#[derive(Debug, Deserialize)]
struct FieldError {
    pointer: String,
    detail: String,
}

/// Longer than the longest wait that a caller may ask the server for.
const PATIENCE: Duration = Duration::from_mins(1);
/// Answers are read up to here.
const LARGEST: u64 = 256 << 20;
/// How often a request that is safe to repeat is sent at most.
const ATTEMPTS: u32 = 5;

impl Client {
    pub fn new(server: &Server) -> Result<Self, Failure> {
        let base = server.url.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(Failure::usage(format!("--url {base} is not an http(s) address")));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("proveniq/", env!("CARGO_PKG_VERSION")));
        Ok(Self { agent: config.build().new_agent(), base, key: server.key.clone() })
    }

    /// The base URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The API key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Reads something; repeated while the server is not available.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        patiently(|| {
            let request = self.agent.get(format!("{}{path}", self.base)).header("x-api-key", &self.key);
            request.query_pairs(query.iter().copied()).call()
        })
    }

    /// Sends JSON; repeated while the server is not available, which its idempotency keys make safe.
    pub fn post(&self, path: &str, idempotency_key: Option<&str>, body: &[u8]) -> Result<Answer, Failure> {
        patiently(|| {
            let request = self.agent.post(format!("{}{path}", self.base)).header("x-api-key", &self.key);
            let request = request.content_type("application/json");
            let request = match idempotency_key {
                Some(key) => request.header("idempotency-key", key),
                None => request,
            };
            request.send(body)
        })
    }
}

/// Repeats a request after 429 and 503 and where no answer came.
fn patiently(request: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Result<Answer, Failure> {
    let mut pause = Duration::from_millis(100);
    for attempt in 1.. {
        let answer = request().and_then(Answer::read);
        match &answer {
            Ok(answer) if !matches!(answer.status, 429 | 503) => {}
            Err(ureq::Error::BadUri(_) | ureq::Error::Http(_)) => {}
            _ if attempt < ATTEMPTS => {
                let asked = answer.ok().and_then(|answer| answer.retry_after).unwrap_or_default();
                std::thread::sleep(pause.max(asked.min(Duration::from_secs(5))));
                pause *= 2;
                continue;
            }
            _ => {}
        }
        return answer
            .map_err(|error| Failure::new(Exit::Unavailable, format!("the server cannot be reached: {error}")));
    }
    Err(Failure::new(Exit::Unavailable, "the server cannot be reached"))
}

impl Answer {
    fn read(mut response: Response<Body>) -> Result<Self, ureq::Error> {
        let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.body_mut().with_config().limit(LARGEST).read_to_vec()?;
        Ok(Self { status: response.status().as_u16(), body, retry_after: seconds.map(Duration::from_secs) })
    }

    /// The body of a success; any other answer is a failure that says what the server said.
    pub fn success(self) -> Result<Vec<u8>, Failure> {
        if (200..300).contains(&self.status) { Ok(self.body) } else { Err(self.refusal()) }
    }

    /// The success's body as JSON.
    pub fn json<T: for<'de> Deserialize<'de>>(self) -> Result<T, Failure> {
        parsed(&self.success()?)
    }

    /// What the server said against it.
    pub fn refusal(&self) -> Failure {
        let exit = if self.status >= 500 { Exit::Unavailable } else { Exit::Refused };
        Failure::new(exit, format!("the server answers {}: {}", self.status, problem_text(&self.body)))
    }
}

/// A JSON value that the server sent.
pub(crate) fn parsed<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(Exit::Unavailable, format!("the server's answer is not what was asked for: {error}"))
    })
}

/// A problem document in one line.
pub(crate) fn problem_text(body: &[u8]) -> String {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        return String::from_utf8_lossy(body).chars().take(200).collect();
    };
    let mut text = problem.title;
    text.extend(problem.detail.iter().map(|detail| format!(": {detail}")));
    text.extend(problem.errors.iter().map(|error| format!("; {} {}", error.pointer, error.detail)));
    text.extend(problem.home_url.iter().map(|url| format!("; its region is at {url}")));
    text.extend(problem.instance.iter().map(|instance| format!(" ({instance})")));
    text
}

#[cfg(test)]
mod tests {
    use super::problem_text;

    #[test]
    fn a_problem_is_told_in_one_line() {
        let body = br#"{"type":"x","title":"Does not fit","status":422,"errors":[{"pointer":"/payload/amount","detail":"not a string"}]}"#;
        assert_eq!(problem_text(body), "Does not fit; /payload/amount not a string");
        assert_eq!(problem_text(b"<html>"), "<html>");
    }
}
