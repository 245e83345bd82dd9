//! A connection to Cloud KMS, made by the first call and shared by everything of one region.

use std::fmt;
use std::io;
use std::sync::Arc;

use google_cloud_gax::error::Error;
use google_cloud_kms_v1::client::KeyManagementService;
use tokio::sync::OnceCell;

use super::Access;

/// Cloud KMS of one region. Clones share the connection.
#[derive(Clone)]
pub struct Kms(Arc<Inner>);

struct Inner {
    access: Access,
    client: OnceCell<KeyManagementService>,
}

impl Kms {
    /// By this access; nothing is connected yet.
    pub fn new(access: Access) -> Self {
        Self(Arc::new(Inner { access, client: OnceCell::new() }))
    }

    /// How it is reached.
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) async fn client(&self) -> io::Result<&KeyManagementService> {
        self.0.client.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> io::Result<KeyManagementService> {
        let access = &self.0.access;
        let budget = access.budget();
        let client = KeyManagementService::builder()
            .with_endpoint(access.endpoint().url())
            .with_credentials(access.credentials()?)
            .with_attempt_timeout(budget.attempt)
            .with_retry_policy(budget.retries())
            .with_backoff_policy(budget.pauses());
        client.build().await.map_err(io::Error::other)
    }
}

impl fmt::Debug for Kms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kms({})", self.0.access.endpoint().url())
    }
}

/// What Google's status says, beside the HTTP one: `FAILED_PRECONDITION` and `INVALID_ARGUMENT` are both 400.
pub(crate) fn code(error: &Error) -> Option<google_cloud_gax::error::rpc::Code> {
    error.status().map(|status| status.code)
}
