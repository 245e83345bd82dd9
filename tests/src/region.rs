//! A region as the stories see it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use cloud::random::Random;
use local::folder::RegionFolder;
use local::founding::DATABASE;
use local::{AuthorityAddress, LocalRegion, RegionPlan};
use private_postgres::{Cluster, OnDrop, SUPERUSER, Settings, default_state_dir};
use sqlx::{Connection, PgConnection};
use tokio::net::TcpListener;
use truth_kernel::hash::Hash;
use truth_kernel::note::VerifierKey;

use crate::client::Client;

/// The domain of the log origins.
pub const DOMAIN: &str = "stories.example";

/// What a region's database survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// `kill -9` of the whole server.
    Durable,
    /// Nothing: faster, where no story kills it.
    Volatile,
}

/// A running region.
#[derive(Debug)]
pub struct Region {
    /// What runs.
    pub local: LocalRegion,
    /// What every claim, subject and payload of the region's organizations holds, and nothing else in the world: if it is found
    /// elsewhere, something leaked.
    pub mark: String,
    /// Its published keys.
    pub trust: Vec<VerifierKey>,
    operator: String,
}

/// Starts regions that know of each other, in new folders that are deleted when the process ends.
pub async fn start<const N: usize>(codes: [&str; N], durability: Durability) -> Vec<Region> {
    start_anchored(codes, durability, None).await
}

/// The same, with an authority that stamps their checkpoints.
pub async fn start_anchored<const N: usize>(
    codes: [&str; N],
    durability: Durability,
    authority: Option<&AuthorityAddress>,
) -> Vec<Region> {
    let mut urls = BTreeMap::new();
    let mut listeners = Vec::new();
    for code in codes {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        urls.insert(code.parse().expect("a region"), format!("http://{address}"));
        listeners.push(listener);
    }
    let tops = codes.map(fresh_folder);
    let settings = tops.clone().map(|top| settings(top, durability));
    let clusters = Cluster::start_all(&settings).expect("PostgreSQL for tests");
    let starting =
        codes.into_iter().zip(tops).zip(clusters).zip(listeners).map(|(((code, top), cluster), listener)| {
            let plan = RegionPlan {
                region: code.parse().expect("a region"),
                domain: DOMAIN.to_owned(),
                urls: urls.clone(),
                authority: authority.cloned(),
            };
            // Within the cluster's folder, so that its guard deletes both.
            let folder = RegionFolder::prepare(&top, &plan.region).expect("a folder");
            tokio::spawn(async move { Region::start(&plan, cluster, folder, listener).await })
        });
    let mut regions = Vec::new();
    for starting in starting.collect::<Vec<_>>() {
        regions.push(starting.await.expect("a region"));
    }
    regions
}

fn fresh_folder(code: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("stories-{}-{}-{code}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    default_state_dir().join("scratch").join(name)
}

fn settings(top: PathBuf, durability: Durability) -> Settings {
    let settings = Settings::kept(top).on_drop(OnDrop::Remove);
    match durability {
        Durability::Durable => settings,
        Durability::Volatile => settings.volatile(),
    }
}

impl Region {
    async fn start(plan: &RegionPlan, cluster: Cluster, folder: RegionFolder, listener: TcpListener) -> Self {
        let local = LocalRegion::start(plan, cluster, folder, listener).await.expect("a running region");
        let operator = local.operator().await.expect("an operator").operator_key;
        let trust = local.folder.verifier_keys(&plan.domain, &plan.region).expect("keys");
        let trust = trust.iter().map(|key| key.parse().expect("a verifier key")).collect();
        let secret = Hash::from_bytes(Random::system().bytes()).to_string();
        let mark = format!("mark-{}-{}", plan.region, &secret[..12]);
        Self { local, mark, trust, operator }
    }

    /// The region's code.
    pub fn code(&self) -> &str {
        self.local.region.as_str()
    }

    /// A client without a key.
    pub fn anyone(&self) -> Client {
        Client::new(&self.local.url)
    }

    /// A client with the operator's key.
    pub fn operator(&self) -> Client {
        self.anyone().with_key(&self.operator)
    }

    /// The token of whoever may push messages.
    pub fn push_token(&self) -> String {
        let token = std::fs::read_to_string(self.local.folder.push_token()).expect("the push token");
        token.trim_end().to_owned()
    }

    /// A connection to the region's database that may do anything, for looking behind.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.local.cluster.url(DATABASE, SUPERUSER)).await.expect("a superuser's connection")
    }
}
