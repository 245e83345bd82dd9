//! Where a relay may push to.

use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use thiserror::Error;

/// An `http://` URL of this machine's loopback. Messages and the bearer token travel unencrypted, so
/// they must not leave the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushUrl(Uri);

/// A text that is not a [`PushUrl`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a push URL: http://<loopback address>:<port>/<path>")]
pub struct NotAPushUrl;

impl PushUrl {
    /// The URL for a request.
    pub(super) fn uri(&self) -> Uri {
        self.0.clone()
    }

    /// The last segment of its path: what the subscription is called.
    pub(crate) fn name(&self) -> &str {
        self.0.path().rsplit('/').next().unwrap_or_default()
    }
}

impl FromStr for PushUrl {
    type Err = NotAPushUrl;

    fn from_str(text: &str) -> Result<Self, NotAPushUrl> {
        let uri: Uri = text.parse().map_err(|_| NotAPushUrl)?;
        let is_http = uri.scheme_str() == Some("http");
        if is_http && uri.host().is_some_and(is_loopback) { Ok(Self(uri)) } else { Err(NotAPushUrl) }
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::PushUrl;

    #[test]
    fn only_the_loopback_is_pushed_to() {
        for (text, allowed) in [
            ("http://127.0.0.1:8080/push/seal", true),
            ("http://[::1]:8080/push/seal", true),
            ("http://localhost:8080/push/seal", true),
            ("https://127.0.0.1/", false),
            ("http://10.0.0.1:8080/", false),
            ("http://localhost.example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://127.0.0.1@example.com/", false),
            ("/push", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<PushUrl>().is_ok(), allowed, "{text}");
        }
    }
}
