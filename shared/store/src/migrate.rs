//! Migrations, and the first rows of a region. Runs as the owner of the schema, never as a function.

use std::borrow::Cow;
use std::num::NonZeroU32;

use cloud::key_wrapper::KeyWrapper;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use truth_kernel::classification::Mode;
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::id::OrgId;
use truth_kernel::region::{LogOrigin, Region};

use crate::database::Store;
use crate::error::{Error, Result};
use crate::organization::OrganizationKind;

/// The migrations in order: never edited once merged, because their checksums are stored.
const MIGRATIONS: [(&str, &str); 15] = [
    ("roles", include_str!("../../../migrations/0001_roles.sql")),
    ("organizations", include_str!("../../../migrations/0002_organizations.sql")),
    ("events", include_str!("../../../migrations/0003_events.sql")),
    ("keys", include_str!("../../../migrations/0004_keys.sql")),
    ("log", include_str!("../../../migrations/0005_log.sql")),
    ("append", include_str!("../../../migrations/0006_append.sql")),
    ("access", include_str!("../../../migrations/0007_access.sql")),
    ("views", include_str!("../../../migrations/0008_views.sql")),
    ("append as owner", include_str!("../../../migrations/0009_append_as_owner.sql")),
    ("append alone", include_str!("../../../migrations/0010_append_alone.sql")),
    ("event types by mode", include_str!("../../../migrations/0011_event_types_by_mode.sql")),
    ("followers", include_str!("../../../migrations/0012_followers.sql")),
    ("anchors", include_str!("../../../migrations/0013_anchors.sql")),
    ("webhooks", include_str!("../../../migrations/0014_webhooks.sql")),
    ("analytics", include_str!("../../../migrations/0015_analytics.sql")),
];

/// Brings the schema up to date; safe to run at the same time from several places.
pub async fn migrate(owner: &Store) -> Result<()> {
    let migrations = (1..).zip(MIGRATIONS).map(|(version, (name, sql))| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect()).run(&owner.pool).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error) => error.into(),
        other => Error::Database(sqlx::Error::Migrate(Box::new(other))),
    })
}

/// Names this set of migrations: what a cached template of the schema goes by.
pub fn fingerprint() -> Hash {
    sha256(&MIGRATIONS.map(|(_, sql)| sql.as_bytes()))
}

/// What makes an empty schema a region's ledger.
#[derive(Clone, Debug)]
pub struct Founding {
    /// Domain of the log origins.
    pub domain: String,
    /// The region.
    pub region: Region,
    /// The id of the region's system organization.
    pub system: OrgId,
}

/// Writes the region's stamp, its live and test log, its first wrap generation and its system organization. Does nothing where the
/// stamp is already there; a stamp of another region is an error.
pub async fn found(owner: &Store, wrapper: &KeyWrapper, founding: &Founding) -> Result<()> {
    if let Some(identity) = owner.region_identity().await? {
        let same = identity.home == founding.region && identity.domain == founding.domain;
        return if same {
            Ok(())
        } else {
            Err(Error::Inconsistent { table: "region_identity", fault: "another region" })
        };
    }
    let mut tx = owner.begin_system().await?;
    sqlx::query("INSERT INTO region_identity (domain, home, serving) VALUES ($1, $2, $2)")
        .bind(&founding.domain)
        .bind(founding.region.as_str())
        .execute(&mut *tx.inner)
        .await?;
    for mode in [Mode::Live, Mode::Test] {
        tx.create_log(&first_log(founding, mode)?).await?;
    }
    tx.open_wrap_generation(1, wrapper).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes the region's system organization; runs as `fn_admin`, which may make organizations. Does nothing where the region has one.
pub async fn found_system_organization(admin: &Store, founding: &Founding) -> Result<()> {
    if admin.begin_system().await?.system_organization().await?.is_some() {
        return Ok(());
    }
    let mut tx = admin.begin(founding.system).await?;
    tx.create_organization("system", OrganizationKind::System).await?;
    tx.commit().await
}

fn first_log(founding: &Founding, mode: Mode) -> Result<LogOrigin> {
    LogOrigin::new(&founding.domain, &founding.region, mode, NonZeroU32::MIN)
        .map_err(|_| Error::Inconsistent { table: "logs", fault: "a domain that is not one" })
}

/// The role that owns the schema and runs migrations.
pub const OWNER: &str = "ledger_owner";

/// Creates a database for the owner of the schema, and that role where the cluster has none. Runs as a superuser of a private cluster;
/// on a managed one Terraform does this. Answers whether the database is new.
pub async fn create_database(superuser: &Store, name: &str, template: Option<&str>) -> Result<bool> {
    let owner = "DO $$ BEGIN CREATE ROLE ledger_owner LOGIN CREATEROLE; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
    sqlx::query(owner).execute(&superuser.pool).await?;
    let template = template.unwrap_or("template0");
    let sql: String = sqlx::query_scalar("SELECT format('CREATE DATABASE %I OWNER ledger_owner TEMPLATE %I', $1, $2)")
        .bind(name)
        .bind(template)
        .fetch_one(&superuser.pool)
        .await?;
    match sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&superuser.pool).await {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(refusal)) if refusal.code().as_deref() == Some(DUPLICATE_DATABASE) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

const DUPLICATE_DATABASE: &str = "42P04";
