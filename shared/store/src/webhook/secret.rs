//! An endpoint's secrets: the newest, and the one before it until its end.

use truth_kernel::id::WebhookEndpointId;
use truth_kernel::time::Timestamp;

use crate::database::Tx;
use crate::error::Result;
use crate::row::Columns;
use crate::vault::SealedSecret;

impl Tx {
    pub(super) async fn add_webhook_secret(
        &mut self,
        endpoint: WebhookEndpointId,
        secret: &SealedSecret,
    ) -> Result<()> {
        self.hold_generation(secret).await?;
        sqlx::query(
            "INSERT INTO webhook_secrets (endpoint, org, number, wrap_generation, sealed)
             SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $4 FROM webhook_secrets WHERE endpoint = $1",
        )
        .bind(endpoint.as_uuid())
        .bind(self.org.as_uuid())
        .bind(secret.generation)
        .bind(&secret.sealed)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Gives an endpoint, which this transaction holds, a new secret. The one that was newest goes on signing until `until`; those that
    /// have ended by now are forgotten, and so are all but the last four.
    pub async fn rotate_webhook_secret(
        &mut self,
        endpoint: WebhookEndpointId,
        secret: &SealedSecret,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "DELETE FROM webhook_secrets s WHERE endpoint = $1 AND expires_at IS NOT NULL AND (expires_at <= to_timestamp($2 / 1000.0)
                 OR number <= (SELECT max(number) - 3 FROM webhook_secrets n WHERE n.endpoint = $1))",
        )
        .bind(endpoint.as_uuid())
        .bind(now.millis())
        .execute(&mut *self.inner)
        .await?;
        sqlx::query("UPDATE webhook_secrets SET expires_at = to_timestamp($2 / 1000.0) WHERE endpoint = $1 AND expires_at IS NULL")
            .bind(endpoint.as_uuid())
            .bind(until.millis())
            .execute(&mut *self.inner)
            .await?;
        self.add_webhook_secret(endpoint, secret).await
    }

    /// The secrets that sign at a time, newest first.
    pub(super) async fn webhook_secrets(
        &mut self,
        endpoint: WebhookEndpointId,
        now: Timestamp,
    ) -> Result<Vec<SealedSecret>> {
        let rows = sqlx::query(
            "SELECT wrap_generation, sealed FROM webhook_secrets
             WHERE endpoint = $1 AND (expires_at IS NULL OR expires_at > to_timestamp($2 / 1000.0)) ORDER BY number DESC",
        )
        .bind(endpoint.as_uuid())
        .bind(now.millis())
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Columns::of("webhook_secrets", row);
                Ok(SealedSecret { generation: row.get("wrap_generation")?, sealed: row.get("sealed")? })
            })
            .collect()
    }
}
