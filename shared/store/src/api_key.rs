//! API keys: stored as the SHA-256 of the secret.

use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;
use truth_kernel::id::{ApiKeyId, OrgId};
use truth_kernel::region::Region;
use truth_kernel::time::Timestamp;

use crate::database::{Store, Tx};
use crate::error::Result;
use crate::row::Columns;

/// What is known of a presented key.
#[derive(Clone, Debug)]
pub struct PresentedKey {
    /// The key.
    pub id: ApiKeyId,
    /// Its organization.
    pub org: OrgId,
    /// Live or test.
    pub mode: Mode,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The region that it is registered to call from.
    pub region: Region,
    /// When it ends.
    pub expires: Timestamp,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Whether its organization is active.
    pub active: bool,
    /// Whether its organization is the region's own system organization.
    pub system: bool,
    /// The generation of the organization's chain head, read in the same snapshot.
    pub generation: u64,
}

/// A key to be made; the secret is known to the caller alone.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Live or test.
    pub mode: Mode,
    /// SHA-256 of the secret.
    pub secret_sha256: Hash,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The region that it is registered to call from.
    pub region: Region,
    /// When it ends.
    pub expires: Timestamp,
}

/// A key as its organization sees it.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// The key.
    pub id: ApiKeyId,
    /// Live or test.
    pub mode: Mode,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The region that it is registered to call from.
    pub region: Region,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

impl Store {
    /// The key of a secret, by its hash: the one look-up before an organization is known.
    pub async fn authenticate(&self, secret_sha256: &Hash) -> Result<Option<PresentedKey>> {
        let row = sqlx::query("SELECT * FROM authenticate_v1($1)")
            .bind(secret_sha256.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            let row = Columns::of("api_keys", &row);
            Ok(PresentedKey {
                id: row.id("id")?,
                org: row.id("org")?,
                mode: row.parsed("mode")?,
                scopes: row.get("scopes")?,
                region: row.parsed("region")?,
                expires: Timestamp::from_millis(row.get("expires_ms")?),
                revoked: row.get("revoked")?,
                active: row.get::<&str>("status")? == "active",
                system: row.get::<&str>("kind")? == "system",
                generation: row.size("generation")?,
            })
        })
        .transpose()
    }
}

impl Tx {
    /// Stores a key.
    pub async fn create_key(&mut self, key: &NewKey) -> Result<()> {
        sqlx::query(
            "INSERT INTO api_keys (id, org, mode, secret_sha256, name, scopes, region, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8 / 1000.0))",
        )
        .bind(key.id.as_uuid())
        .bind(self.org.as_uuid())
        .bind(key.mode.as_str())
        .bind(key.secret_sha256.as_bytes().as_slice())
        .bind(&key.name)
        .bind(&key.scopes)
        .bind(key.region.as_str())
        .bind(key.expires.millis())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The organization's keys, newest first.
    pub async fn keys(&mut self) -> Result<Vec<ListedKey>> {
        let rows = sqlx::query(
            "SELECT id, mode, name, scopes, region, (extract(epoch FROM created_at) * 1000)::bigint AS created,
                    (extract(epoch FROM expires_at) * 1000)::bigint AS expires, (extract(epoch FROM revoked_at) * 1000)::bigint AS revoked
             FROM api_keys WHERE org = $1 ORDER BY id DESC",
        )
        .bind(self.org.as_uuid())
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Columns::of("api_keys", row);
                Ok(ListedKey {
                    id: row.id("id")?,
                    mode: row.parsed("mode")?,
                    name: row.get("name")?,
                    scopes: row.get("scopes")?,
                    region: row.parsed("region")?,
                    created: Timestamp::from_millis(row.get("created")?),
                    expires: Timestamp::from_millis(row.get("expires")?),
                    revoked: row.get::<Option<i64>>("revoked")?.map(Timestamp::from_millis),
                })
            })
            .collect()
    }

    /// The mode of one of the organization's keys, if it lives.
    pub async fn key_mode(&mut self, id: ApiKeyId) -> Result<Option<Mode>> {
        let row = sqlx::query("SELECT mode FROM api_keys WHERE id = $1 AND org = $2 AND revoked_at IS NULL")
            .bind(id.as_uuid())
            .bind(self.org.as_uuid())
            .fetch_optional(&mut *self.inner)
            .await?;
        row.map(|row| Columns::of("api_keys", &row).parsed("mode")).transpose()
    }

    /// Revokes a key, effective at commit for every append; false when the organization has no such living key.
    pub async fn revoke_key(&mut self, id: ApiKeyId) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE api_keys SET revoked_at = clock_timestamp() WHERE id = $1 AND org = $2 AND revoked_at IS NULL",
        )
        .bind(id.as_uuid())
        .bind(self.org.as_uuid())
        .execute(&mut *self.inner)
        .await?;
        self.next_generation().await?;
        Ok(done.rows_affected() == 1)
    }
}
