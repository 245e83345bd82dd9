//! Where the database is, and which code may serve it: what a function compares before it serves.

use truth_kernel::region::Region;

use crate::database::Store;
use crate::error::Result;
use crate::row::Columns;

/// The schema version that this code writes.
pub const CODE_VERSION: i32 = 6;

/// The database's stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionIdentity {
    /// Domain of the log origins.
    pub domain: String,
    /// The region whose law binds the data.
    pub home: Region,
    /// The region that runs the database now.
    pub serving: Region,
    /// Grows with every promotion or restore.
    pub fence: u64,
}

/// The range of code that may serve the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaVersion {
    /// The newest migration.
    pub version: i32,
    /// The oldest code that still works with it.
    pub oldest_code: i32,
}

impl SchemaVersion {
    /// Whether this code may serve the schema.
    pub fn admits(self, code: i32) -> bool {
        self.oldest_code <= code && code <= self.version
    }
}

impl Store {
    /// The database's stamp; none before `proveniq migrate` has written it.
    pub async fn region_identity(&self) -> Result<Option<RegionIdentity>> {
        let row =
            sqlx::query("SELECT domain, home, serving, fence FROM region_identity").fetch_optional(&self.pool).await?;
        row.map(|row| {
            let row = Columns::of("region_identity", &row);
            Ok(RegionIdentity {
                domain: row.get("domain")?,
                home: row.parsed("home")?,
                serving: row.parsed("serving")?,
                fence: row.size("fence")?,
            })
        })
        .transpose()
    }

    /// The schema's version and range.
    pub async fn schema_version(&self) -> Result<SchemaVersion> {
        let row = sqlx::query("SELECT version, oldest_code FROM schema_version").fetch_one(&self.pool).await?;
        let row = Columns::of("schema_version", &row);
        Ok(SchemaVersion { version: row.get("version")?, oldest_code: row.get("oldest_code")? })
    }
}
