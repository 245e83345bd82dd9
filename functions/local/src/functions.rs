//! The functions of a region, each started from the environment that its container would have.

use std::collections::BTreeMap;

use private_postgres::Cluster;
use truth_kernel::region::Region;
use web::config::{Environment, Mistakes};
use web::runtime::Function;

use crate::authority::AuthorityAddress;
use crate::error::Error;
use crate::folder::RegionFolder;
use crate::founding::DATABASE;

/// What the environments of a region's functions are made of.
#[derive(Debug)]
pub struct Wiring<'a> {
    /// The region.
    pub region: &'a Region,
    /// The base URLs of all regions.
    pub urls: &'a BTreeMap<Region, String>,
    /// The region's cluster.
    pub cluster: &'a Cluster,
    /// The region's folder.
    pub folder: &'a RegionFolder,
    /// The published keys (vkeys) of the region.
    pub keys: &'a [String],
    /// Who stamps its checkpoints; nobody, and nothing is anchored, if there is none.
    pub authority: Option<&'a AuthorityAddress>,
}

/// Seconds between two anchors of a log: so few that one can watch.
const ANCHOR_INTERVAL: u32 = 5;

impl Wiring<'_> {
    /// Starts every function.
    pub async fn start_all(&self) -> Result<Vec<Function>, Error> {
        let mut functions = vec![
            named("ledger-writer", ledger_writer::start(self.environment("fn_ledger_writer")).await)?,
            named("proof-batcher", proof_batcher::start(self.environment("fn_proof_batcher")).await)?,
            named("proof-generator", proof_generator::start(self.environment("fn_proof_generator")).await)?,
            named("query", query::start(self.environment("fn_query")).await)?,
            named("admin", admin::start(self.environment("fn_admin")).await)?,
            named("analytics", analytics::start(self.environment("fn_analytics")).await)?,
            named("timekeeper", timekeeper::start(self.environment("fn_timekeeper")).await)?,
            named("webhooks", webhooks::start(self.environment("fn_webhooks")).await)?,
        ];
        if self.authority.is_some() {
            functions.push(named("anchorer", anchorer::start(self.environment("fn_anchorer")).await)?);
        }
        Ok(functions)
    }

    /// Who is told of each published checkpoint.
    fn followers(&self, here: &str) -> String {
        let anchorer = self.authority.map(|_| "anchor");
        let pushes = ["analyze", "notify"].into_iter().chain(anchorer);
        pushes.map(|push| format!("{here}/push/{push}")).collect::<Vec<_>>().join(",")
    }

    /// What only regions with an authority have.
    fn anchoring(&self) -> Vec<(&'static str, String)> {
        let Some(authority) = self.authority else { return Vec::new() };
        vec![
            ("ANCHOR_BUCKET", self.folder.anchor_bucket().to_string_lossy().into_owned()),
            ("TSA_URL", authority.url.clone()),
            ("TSA_ROOTS", authority.roots.to_string_lossy().into_owned()),
            ("ANCHOR_INTERVAL", ANCHOR_INTERVAL.to_string()),
        ]
    }

    /// The environment of the function that serves as this database role.
    pub fn environment(&self, role: &str) -> Environment {
        let urls: Vec<_> = self.urls.iter().map(|(region, url)| format!("{region}={url}")).collect();
        let here = self.urls.get(self.region).map_or("", String::as_str);
        let path = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
        let variables = [
            ("REGION", self.region.to_string()),
            ("REGION_URLS", urls.join(",")),
            ("DATABASE_URL", self.cluster.url(DATABASE, role)),
            ("WRAPPING_KEYS", path(self.folder.wrapping_keys())),
            ("RECEIPT_KEY", path(self.folder.receipt_key())),
            ("CHECKPOINT_KEYS", path(self.folder.checkpoint_keys())),
            ("LOG_KEYS", self.keys.join(" ")),
            ("BUCKET", path(self.folder.bucket())),
            ("PUSH_TOKEN_FILE", path(self.folder.push_token())),
            ("SEAL_TOPIC", format!("{here}/push/seal")),
            ("PUBLISHED_TOPIC", self.followers(here)),
            ("WAREHOUSE", "postgres".to_owned()),
            ("DELIVERY_QUEUE", format!("{here}/push/deliver")),
            // Receivers of a developer listen on this machine.
            ("ALLOW_LOOPBACK_WEBHOOKS", "true".to_owned()),
            ("DEAD_LETTERS", path(self.folder.dead_letters())),
        ];
        let variables = variables.into_iter().chain(self.anchoring());
        variables.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn named(function: &'static str, started: Result<Function, Mistakes>) -> Result<Function, Error> {
    started.map_err(|mistakes| Error::Function { function, mistakes })
}
