//! Following the log: each published event becomes at most one delivery for each endpoint that asked for it.

use sqlx::postgres::PgRow;
use truth_kernel::body::EventType;
use truth_kernel::classification::Mode;
use truth_kernel::id::{EventId, OrgId, WebhookDeliveryId, WebhookEndpointId};
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

use super::endpoint::event_types;
use crate::database::SystemTx;
use crate::error::Result;
use crate::row::{Columns, bigint};

/// An enabled endpoint, as far as choosing its events goes.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// The endpoint.
    pub endpoint: WebhookEndpointId,
    /// Its organization.
    pub org: OrgId,
    /// Of which types it is told; of every type when there is none.
    pub event_types: Vec<EventType>,
}

impl Subscriber {
    /// Whether it is told of events of a type.
    pub fn takes(&self, event_type: &EventType) -> bool {
        self.event_types.is_empty() || self.event_types.contains(event_type)
    }
}

/// A delivery to make.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// The organization.
    pub org: OrgId,
    /// To whom.
    pub endpoint: WebhookEndpointId,
    /// The event.
    pub event: EventId,
    /// What happened.
    pub event_type: EventType,
    /// Its place in its chain.
    pub seq: u64,
    /// When it was appended.
    pub time: Timestamp,
}

/// A delivery that nobody attempted in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// The organization.
    pub org: OrgId,
    /// The delivery.
    pub id: WebhookDeliveryId,
}

impl SystemTx {
    /// The enabled endpoints of these organizations, which exist until the transaction ends. It speaks for these organizations from here
    /// on.
    pub async fn webhook_subscribers(&mut self, orgs: &[OrgId], mode: Mode) -> Result<Vec<Subscriber>> {
        self.speak_for(orgs).await?;
        let rows = sqlx::query(
            "SELECT id, org, event_types FROM webhook_endpoints WHERE mode = $1 AND status = 'enabled' ORDER BY id FOR KEY SHARE",
        )
        .bind(mode.as_str())
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Columns::of("webhook_endpoints", row);
                Ok(Subscriber { endpoint: row.id("id")?, org: row.id("org")?, event_types: event_types(&row)? })
            })
            .collect()
    }

    /// Makes deliveries, due at `due`, for organizations that the transaction speaks for.
    pub async fn create_deliveries(&mut self, log: &LogOrigin, new: &[NewDelivery], due: Timestamp) -> Result<()> {
        sqlx::query(
            "INSERT INTO webhook_deliveries (id, org, mode, endpoint, event_id, event_type, event_seq, event_time, log, next_attempt_at)
             SELECT d.id, d.org, $8, d.endpoint, d.event, d.type, d.seq, to_timestamp(d.time / 1000.0), $9, to_timestamp($10 / 1000.0)
             FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[])
                 d(id, org, endpoint, event, type, seq, time)
             ON CONFLICT (endpoint, event_id) DO NOTHING",
        )
        .bind(new.iter().map(|delivery| *delivery.id.as_uuid()).collect::<Vec<_>>())
        .bind(new.iter().map(|delivery| *delivery.org.as_uuid()).collect::<Vec<_>>())
        .bind(new.iter().map(|delivery| *delivery.endpoint.as_uuid()).collect::<Vec<_>>())
        .bind(new.iter().map(|delivery| *delivery.event.as_uuid()).collect::<Vec<_>>())
        .bind(new.iter().map(|delivery| delivery.event_type.as_str()).collect::<Vec<_>>())
        .bind(new.iter().map(|delivery| bigint(delivery.seq)).collect::<Vec<_>>())
        .bind(new.iter().map(|delivery| delivery.time.millis()).collect::<Vec<_>>())
        .bind(log.mode().as_str())
        .bind(log.as_str())
        .bind(due.millis())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Deliveries of any organization that were due before a time, that nobody is at, and that were not queued again since; the longest
    /// overdue first.
    pub async fn overdue_deliveries(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Overdue>> {
        let rows = sqlx::query("SELECT * FROM overdue_webhook_deliveries_v1($1, $2)")
            .bind(before.millis())
            .bind(i32::try_from(limit).unwrap_or(i32::MAX))
            .fetch_all(&mut *self.inner)
            .await?;
        overdue(&rows)
    }

    /// Takes overdue deliveries upon itself to queue them again: those that nobody else has taken since `before`. The transaction speaks
    /// for their organizations from here on.
    pub async fn requeue_deliveries(
        &mut self,
        found: &[Overdue],
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Overdue>> {
        let orgs: Vec<_> = found.iter().map(|overdue| overdue.org).collect();
        self.speak_for(&orgs).await?;
        let rows = sqlx::query(
            "UPDATE webhook_deliveries SET requeued_at = to_timestamp($3 / 1000.0) WHERE id = ANY ($1) AND status = 'pending'
                 AND (requeued_at IS NULL OR requeued_at < to_timestamp($2 / 1000.0)) RETURNING org, id",
        )
        .bind(found.iter().map(|overdue| *overdue.id.as_uuid()).collect::<Vec<_>>())
        .bind(before.millis())
        .bind(now.millis())
        .fetch_all(&mut *self.inner)
        .await?;
        overdue(&rows)
    }

    async fn speak_for(&mut self, orgs: &[OrgId]) -> Result<()> {
        let orgs: Vec<_> = orgs.iter().map(|org| org.as_uuid().to_string()).collect();
        sqlx::query("SELECT set_config('app.orgs', $1, true)").bind(orgs.join(",")).execute(&mut *self.inner).await?;
        Ok(())
    }
}

fn overdue(rows: &[PgRow]) -> Result<Vec<Overdue>> {
    rows.iter()
        .map(|row| {
            let row = Columns::of("webhook_deliveries", row);
            Ok(Overdue { org: row.id("org")?, id: row.id("id")? })
        })
        .collect()
}
