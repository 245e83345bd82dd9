//! Secrets of webhook endpoints, sealed under a generation key: they belong to no subject, and die with their endpoint's row.

use truth_kernel::id::{OrgId, WebhookEndpointId};
use zeroize::Zeroizing;

use super::{Vault, associated};
use crate::database::Tx;
use crate::error::{Error, Result};

/// A secret under its generation key.
#[derive(Clone, Debug)]
pub struct SealedSecret {
    /// Number of the wrap generation.
    pub generation: i32,
    /// `nonce (12) ‖ ciphertext ‖ tag (16)`.
    pub sealed: Vec<u8>,
}

fn binding(org: OrgId, endpoint: WebhookEndpointId) -> Zeroizing<Vec<u8>> {
    associated(b"proveniq/v1/webhook-secret\0", &[org.as_uuid().as_bytes(), endpoint.as_uuid().as_bytes()])
}

impl Vault {
    /// Seals an endpoint's secret under the newest open generation.
    pub async fn seal_webhook_secret(
        &self,
        org: OrgId,
        endpoint: WebhookEndpointId,
        secret: &[u8],
    ) -> Result<SealedSecret> {
        let (generation, key) = self.open_generation().await?;
        let sealed = key.expand().seal(self.0.random, &binding(org, endpoint), secret);
        Ok(SealedSecret { generation, sealed })
    }

    /// Opens what [`Vault::seal_webhook_secret`] made for the same endpoint.
    pub async fn open_webhook_secret(
        &self,
        org: OrgId,
        endpoint: WebhookEndpointId,
        secret: &SealedSecret,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let key = self.generation_key(secret.generation).await?;
        Ok(key.expand().open(&binding(org, endpoint), &secret.sealed)?)
    }
}

impl Tx {
    /// Holds the generation of a freshly sealed secret open until the transaction ends.
    pub(crate) async fn hold_generation(&mut self, secret: &SealedSecret) -> Result<()> {
        let held = sqlx::query("SELECT FROM wrap_generations WHERE number = $1 AND state = 'open' FOR SHARE")
            .bind(secret.generation)
            .fetch_optional(&mut *self.inner)
            .await?;
        held.map(drop).ok_or(Error::NoOpenGeneration)
    }
}
