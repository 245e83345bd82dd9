//! The delivery log: what each endpoint was told, or will be.

use truth_kernel::body::EventType;
use truth_kernel::classification::Mode;
use truth_kernel::id::{EventId, WebhookDeliveryId, WebhookEndpointId};
use truth_kernel::time::Timestamp;

use super::endpoint::EndpointStatus;
use crate::database::Tx;
use crate::error::Result;
use crate::row::Columns;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It will be attempted.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// The endpoint never took it.
    Failed,
    /// The endpoint was disabled before it was taken.
    Dropped,
}

impl DeliveryStatus {
    const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Failed, Self::Dropped];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

impl std::str::FromStr for DeliveryStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

/// What one endpoint was told of one event, or will be.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// To whom.
    pub endpoint: WebhookEndpointId,
    /// The event.
    pub event: EventId,
    /// What happened.
    pub event_type: EventType,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts begun since it was made or replayed.
    pub attempts: u32,
    /// When the next attempt is due, if there is one.
    pub next_attempt: Option<Timestamp>,
    /// What the last attempt was answered.
    pub last_status: Option<u16>,
    /// In a word, why the last attempt did not succeed.
    pub last_error: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
}

/// Which deliveries to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeliveryFilter {
    /// Only to this endpoint.
    pub endpoint: Option<WebhookEndpointId>,
    /// Only those that stand so.
    pub status: Option<DeliveryStatus>,
}

/// What became of a wish to deliver again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It is pending again.
    Due,
    /// There is no such delivery.
    Unknown,
    /// It is pending already.
    Pending,
    /// Its endpoint is disabled.
    Disabled,
}

impl Tx {
    /// Deliveries of a mode, newest first, before one.
    pub async fn deliveries(
        &mut self,
        mode: Mode,
        filter: DeliveryFilter,
        before: Option<WebhookDeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        let rows = sqlx::query(
            "SELECT id, endpoint, event_id, event_type, status, attempts, last_status, last_error,
                 (extract(epoch FROM next_attempt_at) * 1000)::bigint AS next_attempt,
                 (extract(epoch FROM created_at) * 1000)::bigint AS created, (extract(epoch FROM finished_at) * 1000)::bigint AS finished
             FROM webhook_deliveries WHERE org = $1 AND mode = $2 AND ($3::uuid IS NULL OR id < $3) AND ($4::uuid IS NULL OR endpoint = $4)
                 AND ($5::text IS NULL OR status = $5) ORDER BY id DESC LIMIT $6",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(before.as_ref().map(WebhookDeliveryId::as_uuid))
        .bind(filter.endpoint.as_ref().map(WebhookEndpointId::as_uuid))
        .bind(filter.status.map(DeliveryStatus::as_str))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter().map(|row| delivery(&Columns::of("webhook_deliveries", row))).collect()
    }

    /// Makes a finished delivery due again, with all its attempts before it.
    pub async fn replay_delivery(&mut self, mode: Mode, id: WebhookDeliveryId, due: Timestamp) -> Result<Replay> {
        let row = sqlx::query(
            "SELECT d.status, e.status AS endpoint_status FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint
             WHERE d.org = $1 AND d.mode = $2 AND d.id = $3 FOR NO KEY UPDATE OF d",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(id.as_uuid())
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(Replay::Unknown) };
        let row = Columns::of("webhook_deliveries", &row);
        match (row.parsed("status")?, row.parsed("endpoint_status")?) {
            (DeliveryStatus::Pending, _) => return Ok(Replay::Pending),
            (_, EndpointStatus::Disabled) => return Ok(Replay::Disabled),
            (_, EndpointStatus::Enabled) => {}
        }
        sqlx::query(
            "UPDATE webhook_deliveries SET status = 'pending', attempts = 0, next_attempt_at = to_timestamp($3 / 1000.0), finished_at = NULL
             WHERE org = $1 AND id = $2",
        )
        .bind(self.org.as_uuid())
        .bind(id.as_uuid())
        .bind(due.millis())
        .execute(&mut *self.inner)
        .await?;
        Ok(Replay::Due)
    }
}

fn delivery(row: &Columns<'_>) -> Result<Delivery> {
    let time = |name| Ok::<_, crate::Error>(row.get::<Option<i64>>(name)?.map(Timestamp::from_millis));
    Ok(Delivery {
        id: row.id("id")?,
        endpoint: row.id("endpoint")?,
        event: row.id("event_id")?,
        event_type: row.parsed("event_type")?,
        status: row.parsed("status")?,
        attempts: u32::try_from(row.get::<i32>("attempts")?).map_err(|_| row.fault("a negative number"))?,
        next_attempt: time("next_attempt")?,
        last_status: row.get::<Option<i16>>("last_status")?.and_then(|status| u16::try_from(status).ok()),
        last_error: row.get("last_error")?,
        created: Timestamp::from_millis(row.get("created")?),
        finished: time("finished")?,
    })
}
