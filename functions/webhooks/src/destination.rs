//! Where a notification may go: `https` to public addresses, and nowhere into anybody's own network.

mod address;

use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;
use thiserror::Error;

pub use self::address::{Policy, Unreachable};

/// A URL that passed every check that can be made without asking the name service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Whom to ask for.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// The authority as the `Host` header says it.
    pub authority: String,
    /// Path and query.
    pub path: String,
}

/// A host by name or by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// To be resolved, and its addresses checked.
    Name(String),
    /// An address that was checked.
    Address(IpAddr),
}

/// Why nothing is sent to a URL. The texts are for whoever registers it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// It is no absolute URL.
    #[error("not an absolute URL of at most 2048 ASCII characters")]
    Malformed,
    /// It is not `https`.
    #[error("only https is sent to")]
    NotEncrypted,
    /// It has a user name, a password or a fragment.
    #[error("a URL with a user name, a password or a fragment is not sent to")]
    Decorated,
    /// Its host is a name that only some network of its own knows.
    #[error("the host is not a public name")]
    PrivateName,
    /// The name service knows no address of its host.
    #[error("the host has no address")]
    Unresolved,
    /// Its host has an address that is not public.
    #[error("the host has an address that is not sent to: {0}")]
    Unreachable(#[from] Unreachable),
}

/// Endings of names that no public name has: of this machine (RFC 6761), of the local link (RFC 6762), and of private networks, among
/// them `metadata.google.internal`.
const PRIVATE: [&str; 6] = [".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet"];

impl Destination {
    /// Parses a URL.
    pub fn parse(text: &str, policy: Policy) -> Result<Self, Refusal> {
        if text.len() > 2048 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Refusal::Malformed);
        }
        // The parser of `http` drops a fragment without a word.
        if text.contains('#') {
            return Err(Refusal::Decorated);
        }
        let uri: Uri = text.parse().map_err(|_| Refusal::Malformed)?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return Err(Refusal::Malformed) };
        if authority.as_str().contains('@') {
            return Err(Refusal::Decorated);
        }
        let host = Host::parse(authority.host(), policy)?;
        let encrypted = *scheme == Scheme::HTTPS;
        let is_local = *scheme == Scheme::HTTP && host.is_loopback();
        if !(encrypted || is_local) {
            return Err(Refusal::NotEncrypted);
        }
        let port = match authority.as_str().strip_prefix(authority.host()).and_then(|rest| rest.strip_prefix(':')) {
            None => Some(if encrypted { 443 } else { 80 }),
            Some(port) => port.parse().ok().filter(|port| *port != 0),
        };
        let port = port.ok_or(Refusal::Malformed)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // `https://host?query` has a query and no path.
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { encrypted, host, port, authority: authority.as_str().to_owned(), path })
    }
}

impl Host {
    fn parse(text: &str, policy: Policy) -> Result<Self, Refusal> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            policy.check(address)?;
            return Ok(Self::Address(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if name == "localhost" && policy.allows_loopback() {
            return Ok(Self::Name(name));
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
            return Err(Refusal::Malformed);
        }
        let is_private = PRIVATE.iter().any(|ending| name.ends_with(ending));
        // A name without a dot is completed by the resolver's own domain; one that ends in a number is an address in disguise (127.1).
        let last = name.rsplit_once('.').map_or("", |(_, last)| last);
        if is_private || !last.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(Refusal::PrivateName);
        }
        Ok(Self::Name(name))
    }

    /// Whether it is meant to be this machine; of a name only `localhost` is.
    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::Address(address) => address.is_loopback(),
        }
    }
}

#[cfg(test)]
mod tests;
