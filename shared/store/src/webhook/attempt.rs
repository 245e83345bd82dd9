//! One attempt: claimed under a lease, so that nobody else sends meanwhile; recorded under the same claim.

use truth_kernel::body::EventType;
use truth_kernel::id::{EventId, WebhookDeliveryId, WebhookEndpointId};
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

use super::delivery::DeliveryStatus;
use super::endpoint::EndpointStatus;
use crate::database::Tx;
use crate::error::Result;
use crate::row::Columns;
use crate::vault::SealedSecret;

/// A delivery that the caller alone may attempt, until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The delivery.
    pub id: WebhookDeliveryId,
    /// To whom.
    pub endpoint: WebhookEndpointId,
    /// Where to.
    pub url: String,
    /// Whether the endpoint still wants to be told.
    pub status: EndpointStatus,
    /// The secrets that sign now, newest first.
    pub secrets: Vec<SealedSecret>,
    /// Which attempt this is, from 1. Counted when it begins, so that one that ends in a crash counts too.
    pub attempt: u32,
    /// When the lease ends: together with the attempt what an outcome is recorded under.
    pub lease: Timestamp,
    /// The event.
    pub event: EventId,
    /// What happened.
    pub event_type: EventType,
    /// Its place in its chain.
    pub seq: u64,
    /// When it was appended.
    pub time: Timestamp,
    /// The log that it was published in.
    pub log: LogOrigin,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it was answered, if it was.
    pub answer: Option<u16>,
    /// In a word, why it did not succeed.
    pub error: Option<&'static str>,
    /// What the delivery is now.
    pub status: DeliveryStatus,
    /// When the next attempt is due, if it is still pending.
    pub next_attempt: Option<Timestamp>,
    /// Whether the endpoint said that it is gone for good and is to be disabled.
    pub gone: bool,
}

impl Tx {
    /// Begins an attempt of a delivery that is due by `due`; none when it is finished, not due yet, or somebody else is at it.
    pub async fn claim_delivery(
        &mut self,
        id: WebhookDeliveryId,
        now: Timestamp,
        due: Timestamp,
        lease: Timestamp,
    ) -> Result<Option<Claimed>> {
        let row = sqlx::query(
            "UPDATE webhook_deliveries d SET attempts = d.attempts + 1, leased_until = to_timestamp($5 / 1000.0)
             FROM webhook_endpoints e
             WHERE d.org = $1 AND d.id = $2 AND e.id = d.endpoint AND d.status = 'pending'
                 AND d.next_attempt_at <= to_timestamp($4 / 1000.0)
                 AND (d.leased_until IS NULL OR d.leased_until < to_timestamp($3 / 1000.0))
             RETURNING d.id, d.endpoint, e.url, e.status, d.attempts, d.event_id, d.event_type, d.event_seq, d.log,
                 (extract(epoch FROM d.event_time) * 1000)::bigint AS event_ms",
        )
        .bind(self.org.as_uuid())
        .bind(id.as_uuid())
        .bind(now.millis())
        .bind(due.millis())
        .bind(lease.millis())
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let mut claimed = claimed(&Columns::of("webhook_deliveries", &row), lease)?;
        claimed.secrets = self.webhook_secrets(claimed.endpoint, now).await?;
        Ok(Some(claimed))
    }

    /// Records what became of a claimed attempt; false when its lease ended and somebody else has begun another since.
    pub async fn record_attempt(&mut self, claimed: &Claimed, outcome: &Outcome, now: Timestamp) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE webhook_deliveries SET status = $4, next_attempt_at = to_timestamp($5 / 1000.0), leased_until = NULL, last_status = $6,
                 last_error = $7, finished_at = CASE WHEN $4 <> 'pending' THEN to_timestamp($8 / 1000.0) END
             WHERE org = $1 AND id = $2 AND attempts = $3 AND status = 'pending' AND leased_until = to_timestamp($9 / 1000.0)",
        )
        .bind(self.org.as_uuid())
        .bind(claimed.id.as_uuid())
        .bind(i32::try_from(claimed.attempt).unwrap_or(i32::MAX))
        .bind(outcome.status.as_str())
        .bind(outcome.next_attempt.map(Timestamp::millis))
        .bind(outcome.answer.and_then(|status| i16::try_from(status).ok()))
        .bind(outcome.error)
        .bind(now.millis())
        .bind(claimed.lease.millis())
        .execute(&mut *self.inner)
        .await?;
        if outcome.gone {
            sqlx::query("UPDATE webhook_endpoints SET status = 'disabled' WHERE org = $1 AND id = $2")
                .bind(self.org.as_uuid())
                .bind(claimed.endpoint.as_uuid())
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(done.rows_affected() == 1)
    }
}

fn claimed(row: &Columns<'_>, lease: Timestamp) -> Result<Claimed> {
    Ok(Claimed {
        id: row.id("id")?,
        endpoint: row.id("endpoint")?,
        url: row.get("url")?,
        status: row.parsed("status")?,
        secrets: Vec::new(),
        attempt: u32::try_from(row.get::<i32>("attempts")?).map_err(|_| row.fault("a negative number"))?,
        lease,
        event: row.id("event_id")?,
        event_type: row.parsed("event_type")?,
        seq: row.size("event_seq")?,
        time: Timestamp::from_millis(row.get("event_ms")?),
        log: row.parsed("log")?,
    })
}
