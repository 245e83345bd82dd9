//! A region's database: made, migrated and founded where it is missing.

use cloud::clock::Clock;
use cloud::key_wrapper::{Folder, KeyWrapper};
use cloud::random::Random;
use private_postgres::{Cluster, SUPERUSER};
use store::migrate::{Founding, OWNER, create_database, found, found_system_organization, migrate};
use store::{Database, Store};
use truth_kernel::id::OrgId;
use truth_kernel::region::Region;

use crate::error::Error;
use crate::folder::RegionFolder;

/// The database's name in its cluster.
pub const DATABASE: &str = "ledger";

/// Makes the database where it is missing, brings its schema up to date and founds the region.
pub async fn ensure(cluster: &Cluster, folder: &RegionFolder, domain: &str, region: &Region) -> Result<(), Error> {
    let superuser = store(cluster, "postgres", SUPERUSER)?;
    create_database(&superuser, DATABASE, None).await?;
    superuser.close().await;
    let owner = store(cluster, DATABASE, OWNER)?;
    migrate(&owner).await?;
    let wrapper = KeyWrapper::Folder(Folder::open(&folder.wrapping_keys(), Random::system())?);
    let system = OrgId::from_parts(Clock::System.now().millis().unsigned_abs(), Random::system().bytes());
    let founding = Founding { domain: domain.to_owned(), region: region.clone(), system };
    found(&owner, &wrapper, &founding).await?;
    owner.close().await;
    let admin = store(cluster, DATABASE, "fn_admin")?;
    found_system_organization(&admin, &founding).await?;
    admin.close().await;
    Ok(())
}

/// The database by a role.
pub fn store(cluster: &Cluster, database: &str, role: &str) -> Result<Store, Error> {
    Ok(Store::open(Database::from_url(&cluster.url(database, role))?.connections(2)))
}
