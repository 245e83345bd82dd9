//! Organizations and their chain heads.

use truth_kernel::classification::{Chain, Mode};
use truth_kernel::id::OrgId;
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

use crate::database::{SystemTx, Tx};
use crate::error::Result;
use crate::row::Columns;

/// An organization.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub org: OrgId,
    /// What people call it.
    pub name: String,
    /// Whether it may write and read.
    pub status: OrganizationStatus,
    /// When it was made.
    pub created: Timestamp,
}

/// Whether an organization may write and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationStatus {
    /// It may.
    Active,
    /// Not now.
    Suspended,
    /// Never again.
    Closed,
}

impl OrganizationStatus {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }
}

impl std::str::FromStr for OrganizationStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Active, Self::Suspended, Self::Closed].into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

/// Whose an organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationKind {
    /// A customer.
    Partner,
    /// The region itself: its keys, law and unauthenticated failures are recorded in its chains.
    System,
}

impl Tx {
    /// Makes the organization with its four chains, each in the newest log of its mode.
    pub async fn create_organization(&mut self, name: &str, kind: OrganizationKind) -> Result<()> {
        let kind = match kind {
            OrganizationKind::Partner => "partner",
            OrganizationKind::System => "system",
        };
        sqlx::query("INSERT INTO organizations (org, name, kind) VALUES ($1, $2, $3)")
            .bind(self.org.as_uuid())
            .bind(name)
            .bind(kind)
            .execute(&mut *self.inner)
            .await?;
        for mode in [Mode::Live, Mode::Test] {
            for chain in [Chain::Ledger, Chain::Audit] {
                self.create_chain(mode, chain).await?;
            }
        }
        Ok(())
    }

    async fn create_chain(&mut self, mode: Mode, chain: Chain) -> Result<()> {
        sqlx::query(
            "INSERT INTO chain_heads (org, mode, chain, log)
             SELECT $1, $2, $3, origin FROM logs WHERE mode = $2 ORDER BY created_at DESC, origin DESC LIMIT 1",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(chain.as_str())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The organization itself.
    pub async fn organization(&mut self) -> Result<Option<Organization>> {
        let row = sqlx::query(
            "SELECT *, (extract(epoch FROM created_at) * 1000)::bigint AS created FROM organizations WHERE org = $1",
        )
        .bind(self.org.as_uuid())
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(|row| organization(&Columns::of("organizations", &row))).transpose()
    }

    /// Changes the status, effective at commit for every append.
    pub async fn set_status(&mut self, status: OrganizationStatus) -> Result<()> {
        sqlx::query("UPDATE organizations SET status = $2 WHERE org = $1")
            .bind(self.org.as_uuid())
            .bind(status.as_str())
            .execute(&mut *self.inner)
            .await?;
        self.next_generation().await
    }

    /// Raises the generation of the organization's chains under their locks: whatever was decided before must be decided again.
    pub(crate) async fn next_generation(&mut self) -> Result<()> {
        // The order in which the appender locks: ledger before audit.
        sqlx::query("SELECT 1 FROM chain_heads WHERE org = $1 ORDER BY mode, chain DESC FOR NO KEY UPDATE")
            .bind(self.org.as_uuid())
            .execute(&mut *self.inner)
            .await?;
        sqlx::query("UPDATE chain_heads SET generation = generation + 1 WHERE org = $1")
            .bind(self.org.as_uuid())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}

impl SystemTx {
    /// Every organization, newest first, older than `before`.
    pub async fn organizations(&mut self, before: Option<OrgId>, limit: u32) -> Result<Vec<Organization>> {
        let rows = sqlx::query(
            "SELECT *, (extract(epoch FROM created_at) * 1000)::bigint AS created FROM organizations
             WHERE $1::uuid IS NULL OR org < $1 ORDER BY org DESC LIMIT $2",
        )
        .bind(before.map(|org| *org.as_uuid()))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter().map(|row| organization(&Columns::of("organizations", row))).collect()
    }

    /// The region's own organization; only a role that may list organizations sees it.
    pub async fn system_organization(&mut self) -> Result<Option<OrgId>> {
        let org: Option<uuid::Uuid> = sqlx::query_scalar("SELECT org FROM organizations WHERE kind = 'system'")
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(org.map(OrgId::from_uuid))
    }

    /// Opens a log; only the owner of the schema may.
    pub async fn create_log(&mut self, origin: &LogOrigin) -> Result<()> {
        sqlx::query("INSERT INTO logs (origin, mode) VALUES ($1, $2)")
            .bind(origin.as_str())
            .bind(origin.mode().as_str())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}

fn organization(row: &Columns<'_>) -> Result<Organization> {
    Ok(Organization {
        org: row.id("org")?,
        name: row.get("name")?,
        status: row.parsed("status")?,
        created: Timestamp::from_millis(row.get("created")?),
    })
}
