//! Who we are to a service, and how it is reached.

use std::io;
use std::sync::Once;

use google_cloud_auth::credentials::{Builder, Credentials, anonymous};
use truth_kernel::region::Region;

use super::budget::Budget;
use super::endpoints::{Endpoint, GivenEndpoint, Service};

/// How one service is reached from one region. Nothing is connected, and no credentials are looked for, before the first call.
#[derive(Clone, Debug)]
pub struct Access {
    endpoint: Endpoint,
    identity: Identity,
    budget: Budget,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The application default credentials: of the service account that the container runs as.
    Default,
    /// Nobody: for a fake on this machine.
    Anonymous,
}

impl Access {
    /// By the region's endpoint, or by the one that the configuration gives.
    pub fn new(service: Service, region: &Region, given: Option<GivenEndpoint>) -> Self {
        Self::to(given.map_or_else(|| service.endpoint(region), Endpoint::Given))
    }

    /// By this endpoint. A plain HTTP server of this machine is shown no credentials.
    pub fn to(endpoint: Endpoint) -> Self {
        let identity = if endpoint.is_loopback() { Identity::Anonymous } else { Identity::Default };
        Self { endpoint, identity, budget: Budget::default() }
    }

    /// With other limits of time.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// As somebody else.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How long a call may take.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// The caller's credentials: looked for now, fetched with the first request that needs them.
    pub fn credentials(&self) -> io::Result<Credentials> {
        install_cryptography();
        match self.identity {
            Identity::Anonymous => Ok(anonymous::Builder::new().build()),
            Identity::Default => Builder::default().build().map_err(io::Error::other),
        }
    }
}

impl Access {
    /// What signs URLs as the account that the function runs as: with the key of a service account where there is one, by the IAM
    /// Credentials service on a machine of Google Cloud.
    #[cfg(feature = "storage")]
    pub(crate) fn signer(&self) -> io::Result<google_cloud_auth::signer::Signer> {
        install_cryptography();
        match self.identity {
            Identity::Anonymous => Err(io::Error::new(io::ErrorKind::Unsupported, "nobody has no signature")),
            Identity::Default => Builder::default().build_signer().map_err(io::Error::other),
        }
    }
}

/// TLS by AWS-LC for the whole process. Two providers are in the graph of dependencies, and rustls refuses to choose.
fn install_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Somebody else's choice, made before, stays: it is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Access, Identity, Service};

    #[test]
    fn only_a_server_of_this_machine_is_called_without_credentials() {
        let region = "europe-west1".parse().unwrap();
        let identity = |given: Option<&str>| {
            Access::new(Service::Kms, &region, given.map(|given| given.parse().unwrap())).identity
        };
        assert_eq!(identity(None), Identity::Default);
        assert_eq!(identity(Some("https://kms.internal")), Identity::Default);
        assert_eq!(identity(Some("http://127.0.0.1:1")), Identity::Anonymous);
    }
}
