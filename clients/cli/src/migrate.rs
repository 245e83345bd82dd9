//! `proveniq migrate`: makes a database a region's ledger, or brings its schema up to date.

use std::path::PathBuf;

use clap::Args;
use cloud::key_wrapper::{Folder, KeyWrapper};
use cloud::random::Random;
use store::migrate::{Founding, found, found_system_organization, migrate};
use store::{Database, Store};
use truth_kernel::hash::sha256;
use truth_kernel::id::OrgId;
use truth_kernel::region::Region;

use crate::audit::runtime;
use crate::failure::{Exit, Failure};
use crate::output;

/// Migrates a region's database, and founds the region where it is new.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The database, by the owner of the schema.
    #[arg(long)]
    url: String,
    /// The database by the role `fn_admin` (default: the same URL with that user).
    #[arg(long)]
    admin_url: Option<String>,
    /// The domain of the region's logs.
    #[arg(long)]
    domain: String,
    /// The region's code, such as `europe-west1`.
    #[arg(long)]
    region: Region,
    /// The folder of wrapping keys.
    #[arg(long, value_name = "FOLDER")]
    wrapping_keys: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    runtime()?.block_on(run_async(options))?;
    output::line(&format!("The schema is up to date; the region is {} of {}.", options.region, options.domain))?;
    Ok(Exit::Done)
}

async fn run_async(options: &Options) -> Result<(), Failure> {
    let keys = Folder::open(&options.wrapping_keys, Random::system()).map_err(|error| Failure::new(Exit::Io, error))?;
    let wrapper = KeyWrapper::Folder(keys);
    let owner = Store::open(database(&options.url)?);
    let admin = match &options.admin_url {
        Some(url) => database(url)?,
        None => database(&options.url)?.role("fn_admin"),
    };
    let (domain, region) = (options.domain.clone(), options.region.clone());
    let founding = Founding { system: system_organization(&domain, &region), domain, region };
    migrate(&owner).await?;
    found(&owner, &wrapper, &founding).await?;
    found_system_organization(&Store::open(admin), &founding).await?;
    Ok(())
}

/// The same id at every run, so that a region gets one system organization however often it is migrated.
fn system_organization(domain: &str, region: &Region) -> OrgId {
    let name = sha256(&[b"proveniq/v1/system\0", domain.as_bytes(), b"/", region.as_str().as_bytes()]);
    OrgId::from_parts(0, name.as_bytes().first_chunk().copied().unwrap_or_default())
}

fn database(url: &str) -> Result<Database, Failure> {
    Database::from_url(url).map_err(|error| Failure::usage(format!("the database's URL: {error}")))
}
