//! A version of a secret in Secret Manager.

use std::io;

use google_cloud_secretmanager_v1::client::SecretManagerService;
use google_cloud_secretmanager_v1::model::AccessSecretVersionResponse;
use zeroize::Zeroizing;

use super::SecretError;
use crate::google::names::SecretVersionName;
use crate::google::{Access, is_intact, to_io};

/// A version of a secret in Secret Manager. It is read once, at start; so nothing of the connection is kept.
#[derive(Clone, Debug)]
pub struct SecretManager {
    access: Access,
    name: SecretVersionName,
}

impl SecretManager {
    /// This version.
    pub fn new(access: Access, name: SecretVersionName) -> Self {
        Self { access, name }
    }

    pub(super) async fn text(&self) -> Result<Zeroizing<String>, SecretError> {
        let budget = self.access.budget();
        let client = SecretManagerService::builder()
            .with_endpoint(self.access.endpoint().url())
            .with_credentials(self.access.credentials()?)
            .with_attempt_timeout(budget.attempt)
            .with_retry_policy(budget.retries())
            .with_backoff_policy(budget.pauses());
        let client = client.build().await.map_err(io::Error::other)?;
        let answer = client.access_secret_version().set_name(self.name.to_string()).send().await.map_err(to_io)?;
        self.checked(&answer)
    }

    /// The text in an answer. The client's own copy of it is not wiped; it lives as long as the call.
    fn checked(&self, answer: &AccessSecretVersionResponse) -> Result<Zeroizing<String>, SecretError> {
        // Secret Manager answers with the number of the project in place of its id.
        let own = self.name.to_string();
        let below_project = |name: &str| name.splitn(3, '/').nth(2).map(str::to_owned);
        if below_project(&answer.name) != below_project(&own) {
            return Err(SecretError::Answer("it is of another secret"));
        }
        let payload = answer.payload.as_ref().ok_or(SecretError::Answer("it is empty"))?;
        if !is_intact(&payload.data, payload.data_crc32c) {
            return Err(SecretError::Answer("the secret changed on its way"));
        }
        let text = str::from_utf8(&payload.data).map_err(|_| SecretError::Malformed)?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}
