//! Sends notifications: resolves the name itself, connects only to addresses that it has checked, follows nothing.

mod exchange;
mod resolver;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

pub use self::exchange::Notification;
pub use self::resolver::Resolver;
use crate::destination::{Destination, Host, Policy, Refusal};

/// The time that an attempt may take from the name to the status.
const PATIENCE: Duration = Duration::from_secs(15);
/// The time that one address has to take a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried.
const ADDRESSES: usize = 3;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// The URL may not be sent to, now that its name is resolved.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody takes the connection.
    #[error("no connection")]
    Connect,
    /// No encryption with a certificate of that name.
    #[error("no encrypted connection")]
    Tls,
    /// The answer is not HTTP.
    #[error("no answer in HTTP")]
    Broken,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// Our own secret does not open.
    #[error("the secret cannot be opened")]
    Secret,
}

impl Failure {
    /// The word for the delivery log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused(Refusal::Unresolved) => "no-address",
            Self::Refused(_) => "forbidden-address",
            Self::Connect => "no-connection",
            Self::Tls => "tls",
            Self::Broken => "broken-answer",
            Self::Timeout => "timeout",
            Self::Secret => "secret-unavailable",
        }
    }
}

/// Sends notifications. Clones share everything.
#[derive(Clone, Debug)]
pub struct Sender {
    policy: Policy,
    resolver: Resolver,
    tls: Arc<ClientConfig>,
    patience: Duration,
}

impl Sender {
    /// A sender that trusts Mozilla's list of certificate authorities and the system's name service.
    pub fn new(policy: Policy) -> Self {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        Self { policy, resolver: Resolver::System, tls: Arc::new(tls(roots)), patience: PATIENCE }
    }

    /// With other certificate authorities.
    #[must_use]
    pub fn trusting(mut self, roots: RootCertStore) -> Self {
        self.tls = Arc::new(tls(roots));
        self
    }

    /// With another name service.
    #[must_use]
    pub fn resolving_by(mut self, resolver: Resolver) -> Self {
        self.resolver = resolver;
        self
    }

    /// With another time limit of an attempt.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Whether a URL may be registered: as far as its addresses of this moment tell.
    pub async fn check(&self, url: &str) -> Result<(), Refusal> {
        let destination = Destination::parse(url, self.policy)?;
        match timeout(CONNECT, self.addresses(&destination)).await {
            Ok(found) => found.map(drop),
            Err(_) => Err(Refusal::Unresolved),
        }
    }

    /// Sends once and answers with the status. The rest of the answer is not read.
    pub async fn send(&self, url: &str, notification: Notification) -> Result<u16, Failure> {
        let sent = timeout(self.patience, self.attempt(url, notification)).await;
        sent.unwrap_or(Err(Failure::Timeout))
    }

    async fn attempt(&self, url: &str, notification: Notification) -> Result<u16, Failure> {
        let destination = Destination::parse(url, self.policy)?;
        let stream = connect(&self.addresses(&destination).await?).await?;
        if destination.encrypted {
            let stream = self.encrypt(&destination.host, stream).await?;
            exchange::exchange(stream, &destination, notification).await
        } else {
            exchange::exchange(stream, &destination, notification).await
        }
    }

    /// The addresses of a destination: all of them are public, or there is none. Whoever connects connects to these, so that the name
    /// service has no second word.
    async fn addresses(&self, destination: &Destination) -> Result<Vec<SocketAddr>, Refusal> {
        let found = match &destination.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => self.resolver.resolve(name).await,
        };
        found.iter().try_for_each(|address| self.policy.check(*address))?;
        if found.is_empty() {
            return Err(Refusal::Unresolved);
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, destination.port)).collect())
    }

    async fn encrypt(
        &self,
        host: &Host,
        stream: TcpStream,
    ) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static, Failure> {
        let name = match host {
            Host::Name(name) => ServerName::try_from(name.clone()).map_err(|_| Failure::Tls)?,
            Host::Address(address) => ServerName::from(*address),
        };
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await.map_err(|_| Failure::Tls)
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
    for address in addresses.iter().take(ADDRESSES) {
        if let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect(address)).await {
            return Ok(stream);
        }
    }
    Err(Failure::Connect)
}

#[expect(clippy::expect_used, reason = "the provider's own choice of versions, the same on every machine")]
fn tls(roots: RootCertStore) -> ClientConfig {
    // Named, because with Google's clients a second provider is in the process.
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the usual versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
