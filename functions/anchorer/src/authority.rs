//! A timestamp authority behind HTTP (RFC 3161 §3.4).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use cloud::clock::Clock;
use thiserror::Error;
use timestamp::{Demands, PolicyId, QUERY_TYPE, REPLY_TYPE, Request, Roots, TokenError, token_of_response};
use truth_kernel::time::Timestamp;
use ureq::Agent;

use crate::anchorer::Stamped;
use crate::error::AnchorError;

/// How long a request may take, from the name's look-up to the last byte.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest response that is read; a token with its chain has some 6 KB.
const LARGEST: u64 = 64 << 10;
/// Milliseconds that the authority's clock and ours may differ by. An anchor with a wrong time could never be taken back.
const TOLERANCE: i64 = 5 * 60_000;

/// Where an authority is asked: an `http://` or `https://` address. The token is signed, so either will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityUrl(String);

/// A text that is not an [`AuthorityUrl`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an http:// or https:// address")]
pub struct NotAnAuthorityUrl;

impl FromStr for AuthorityUrl {
    type Err = NotAnAuthorityUrl;

    fn from_str(text: &str) -> Result<Self, NotAnAuthorityUrl> {
        let uri: axum::http::Uri = text.parse().map_err(|_| NotAnAuthorityUrl)?;
        let fits =
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAnAuthorityUrl) }
    }
}

/// The authority that a region asks, and what its tokens must prove. Clones share everything.
#[derive(Clone)]
pub struct Authority {
    agent: Agent,
    url: AuthorityUrl,
    pub(crate) roots: Arc<Roots>,
    pub(crate) policy: Option<PolicyId>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("url", &self.url).field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Authority {
    /// The authority at `url`, believed as far as `roots` vouch for it, and only under `policy` if there is one.
    pub fn new(url: AuthorityUrl, roots: Roots, policy: Option<PolicyId>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("proveniq/", env!("CARGO_PKG_VERSION")));
        Self { agent: config.build().new_agent(), url, roots: Arc::new(roots), policy }
    }

    /// Has these bytes stamped, and believes nothing that does not verify.
    pub(crate) async fn stamp(&self, stamped: &[u8], nonce: u64, clock: &Clock) -> Result<Stamped, AnchorError> {
        let request = Request::new(stamped, nonce, self.policy).and_then(|request| request.to_der());
        let request = request.map_err(TokenError::Malformed)?;
        let asked = clock.now();
        let authority = self.clone();
        let response = tokio::task::spawn_blocking(move || authority.ask(&request)).await??;
        let token = token_of_response(&response)?;
        let demands = Demands { nonce: Some(nonce), policy: self.policy };
        let time = token.verify(stamped, &demands, &self.roots)?.time;
        if is_near(time, asked, clock.now()) { Ok(Stamped { token, time }) } else { Err(AnchorError::Clock(time)) }
    }

    /// One request, on a thread that may wait.
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, AnchorError> {
        let asking = self.agent.post(&self.url.0).header("content-type", QUERY_TYPE).header("accept", REPLY_TYPE);
        let mut response = asking.send(request)?;
        let status = response.status().as_u16();
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        if status != 200 || !essence.eq_ignore_ascii_case(REPLY_TYPE) {
            return Err(AnchorError::NoReply { status });
        }
        Ok(response.body_mut().with_config().limit(LARGEST).read_to_vec()?)
    }
}

fn is_near(time: Timestamp, asked: Timestamp, answered: Timestamp) -> bool {
    let (earliest, latest) = (asked.millis() - TOLERANCE, answered.millis() + TOLERANCE);
    (earliest..=latest).contains(&time.millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_asked_over_http_or_https() {
        for url in ["http://127.0.0.1:3161/", "https://timestamp.example/tsa?x=1", "http://timestamp.example"] {
            assert!(url.parse::<AuthorityUrl>().is_ok(), "{url}");
        }
        for other in ["", "timestamp.example", "ftp://timestamp.example", "http://", "https:///tsa", "http://a b"] {
            assert_eq!(other.parse::<AuthorityUrl>(), Err(NotAnAuthorityUrl), "{other}");
        }
    }

    #[test]
    fn a_time_is_near_within_five_minutes_of_the_request_and_its_answer() {
        let at = |seconds: i64| Timestamp::from_millis(1_800_000_000_000 + seconds * 1000);
        for (time, near) in [(0, true), (-300, true), (-301, false), (310, true), (311, false)] {
            assert_eq!(is_near(at(time), at(0), at(10)), near, "{time}");
        }
    }
}
