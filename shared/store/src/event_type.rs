//! Registered event types: a JSON Schema per organization, mode, name and version.

use truth_kernel::body::EventType;
use truth_kernel::classification::Mode;
use truth_kernel::time::Timestamp;

use crate::database::Tx;
use crate::error::Result;
use crate::row::Columns;

/// The newest version of a registered event type.
#[derive(Clone, Debug)]
pub struct RegisteredType {
    /// Its name.
    pub name: EventType,
    /// Its version, from 1.
    pub version: i32,
    /// The JSON Schema of the payload.
    pub schema: String,
    /// When this version was registered.
    pub created: Timestamp,
}

impl Tx {
    /// The organization's event types of a mode, each in its newest version, by name.
    pub async fn event_types(&mut self, mode: Mode) -> Result<Vec<RegisteredType>> {
        let rows = sqlx::query(
            "SELECT DISTINCT ON (name) name, version, schema, (extract(epoch FROM created_at) * 1000)::bigint AS created
             FROM event_types WHERE org = $1 AND mode = $2 ORDER BY name, version DESC",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Columns::of("event_types", row);
                Ok(RegisteredType {
                    name: row.parsed("name")?,
                    version: row.get("version")?,
                    schema: row.get("schema")?,
                    created: Timestamp::from_millis(row.get("created")?),
                })
            })
            .collect()
    }

    /// Registers the next version of a type of a mode, effective at commit for every append; answers with the version.
    pub async fn register_event_type(&mut self, mode: Mode, name: &EventType, schema: &str) -> Result<i32> {
        // The generation's lock also orders concurrent registrations.
        self.next_generation().await?;
        let version = sqlx::query_scalar(
            "INSERT INTO event_types (org, mode, name, version, schema)
             SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4 FROM event_types WHERE org = $1 AND mode = $2 AND name = $3
             RETURNING version",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(name.as_str())
        .bind(schema)
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(version)
    }
}
