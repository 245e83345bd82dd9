//! Endpoints: where an organization wants to be told, and of what.

use truth_kernel::body::EventType;
use truth_kernel::classification::Mode;
use truth_kernel::id::WebhookEndpointId;
use truth_kernel::time::Timestamp;

use crate::database::Tx;
use crate::error::Result;
use crate::row::Columns;
use crate::vault::SealedSecret;

/// An endpoint, without its secrets.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// Whether it is told of live or of test events.
    pub mode: Mode,
    /// Where notifications are sent.
    pub url: String,
    /// What people call it.
    pub description: String,
    /// Of which types it is told; of every type when there is none.
    pub event_types: Vec<EventType>,
    /// Whether it is told at all.
    pub status: EndpointStatus,
    /// When it was made.
    pub created: Timestamp,
}

/// Whether an endpoint is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointStatus {
    /// It is.
    Enabled,
    /// It is not: its organization said so, or it answered 410.
    Disabled,
}

impl EndpointStatus {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

impl std::str::FromStr for EndpointStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Enabled, Self::Disabled].into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

const SELECT: &str =
    "SELECT id, mode, url, description, event_types, status, (extract(epoch FROM created_at) * 1000)::bigint AS created
     FROM webhook_endpoints WHERE org = $1 AND mode = $2";

impl Tx {
    /// Makes an endpoint with its first secret; false when the organization has `limit` of them in this mode.
    pub async fn create_webhook(&mut self, endpoint: &Endpoint, secret: &SealedSecret, limit: u32) -> Result<bool> {
        // Two at once would both count one too few.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || $1::text, 0))")
            .bind(self.org.as_uuid())
            .execute(&mut *self.inner)
            .await?;
        let made = sqlx::query(
            "INSERT INTO webhook_endpoints (id, org, mode, url, description, event_types, status, created_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, to_timestamp($8 / 1000.0)
             WHERE (SELECT count(*) FROM webhook_endpoints WHERE org = $2 AND mode = $3) < $9",
        )
        .bind(endpoint.id.as_uuid())
        .bind(self.org.as_uuid())
        .bind(endpoint.mode.as_str())
        .bind(&endpoint.url)
        .bind(&endpoint.description)
        .bind(names(&endpoint.event_types))
        .bind(endpoint.status.as_str())
        .bind(endpoint.created.millis())
        .bind(i64::from(limit))
        .execute(&mut *self.inner)
        .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        self.add_webhook_secret(endpoint.id, secret).await?;
        Ok(true)
    }

    /// The endpoints of a mode, newest first.
    pub async fn webhooks(&mut self, mode: Mode) -> Result<Vec<Endpoint>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} ORDER BY id DESC")))
            .bind(self.org.as_uuid())
            .bind(mode.as_str())
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter().map(|row| endpoint(&Columns::of("webhook_endpoints", row))).collect()
    }

    /// An endpoint, which stays as it is until the transaction ends.
    pub async fn webhook(&mut self, mode: Mode, id: WebhookEndpointId) -> Result<Option<Endpoint>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} AND id = $3 FOR NO KEY UPDATE")))
            .bind(self.org.as_uuid())
            .bind(mode.as_str())
            .bind(id.as_uuid())
            .fetch_optional(&mut *self.inner)
            .await?;
        row.map(|row| endpoint(&Columns::of("webhook_endpoints", &row))).transpose()
    }

    /// Writes what may change of an endpoint: URL, description, types and status.
    pub async fn change_webhook(&mut self, endpoint: &Endpoint) -> Result<()> {
        sqlx::query(
            "UPDATE webhook_endpoints SET url = $3, description = $4, event_types = $5, status = $6 WHERE org = $1 AND id = $2",
        )
        .bind(self.org.as_uuid())
        .bind(endpoint.id.as_uuid())
        .bind(&endpoint.url)
        .bind(&endpoint.description)
        .bind(names(&endpoint.event_types))
        .bind(endpoint.status.as_str())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Deletes an endpoint with its secrets and deliveries; whether there was one.
    pub async fn delete_webhook(&mut self, mode: Mode, id: WebhookEndpointId) -> Result<bool> {
        let done = sqlx::query("DELETE FROM webhook_endpoints WHERE org = $1 AND mode = $2 AND id = $3")
            .bind(self.org.as_uuid())
            .bind(mode.as_str())
            .bind(id.as_uuid())
            .execute(&mut *self.inner)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn names(types: &[EventType]) -> Vec<&str> {
    types.iter().map(EventType::as_str).collect()
}

pub(super) fn event_types(row: &Columns<'_>) -> Result<Vec<EventType>> {
    let names: Vec<String> = row.get("event_types")?;
    names.iter().map(|name| name.parse().map_err(|_| row.fault("an event type that is none"))).collect()
}

fn endpoint(row: &Columns<'_>) -> Result<Endpoint> {
    Ok(Endpoint {
        id: row.id("id")?,
        mode: row.parsed("mode")?,
        url: row.get("url")?,
        description: row.get("description")?,
        event_types: event_types(row)?,
        status: row.parsed("status")?,
        created: Timestamp::from_millis(row.get("created")?),
    })
}
