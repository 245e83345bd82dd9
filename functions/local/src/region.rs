//! One region, running.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use cloud::clock::Clock;
use cloud::key_file;
use cloud::topic::{Drain, Message, Pace, Relay, Subscription, Topic};
use private_postgres::Cluster;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use truth_kernel::region::Region;
use web::metrics::Metrics;
use web::runtime::Function;
use web::serve::{Ready, serve_on};

use crate::authority::AuthorityAddress;
use crate::demo::Accounts;
use crate::error::Error;
use crate::folder::RegionFolder;
use crate::founding;
use crate::functions::Wiring;

/// How often the scheduler calls the timekeeper.
const SWEEP: Duration = Duration::from_secs(2);
/// How long open work may take at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a region is to be.
#[derive(Debug)]
pub struct RegionPlan {
    /// The region.
    pub region: Region,
    /// The domain of its log origins.
    pub domain: String,
    /// The base URLs of all regions.
    pub urls: BTreeMap<Region, String>,
    /// Who stamps its checkpoints; nobody, and nothing is anchored, if there is none.
    pub authority: Option<AuthorityAddress>,
}

/// A region that serves.
#[derive(Debug)]
pub struct LocalRegion {
    /// The region.
    pub region: Region,
    /// Its base URL.
    pub url: String,
    /// Its cluster; stopped when dropped.
    pub cluster: Cluster,
    /// Its folder.
    pub folder: RegionFolder,
    /// What it answers, for calls without a socket.
    pub router: Router,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
    sweeping: JoinHandle<()>,
    drains: Vec<Drain>,
}

impl LocalRegion {
    /// Brings the region up on `listener`, in its running cluster.
    pub async fn start(
        plan: &RegionPlan,
        cluster: Cluster,
        folder: RegionFolder,
        listener: TcpListener,
    ) -> Result<Self, Error> {
        founding::ensure(&cluster, &folder, &plan.domain, &plan.region).await?;
        let keys = folder.verifier_keys(&plan.domain, &plan.region)?;
        let wiring = Wiring {
            region: &plan.region,
            urls: &plan.urls,
            cluster: &cluster,
            folder: &folder,
            keys: &keys,
            authority: plan.authority.as_ref(),
        };
        // All functions at once are a large future.
        let (router, mut drains) = merged(Box::pin(wiring.start_all()).await?);
        let url = plan.urls.get(&plan.region).cloned().unwrap_or_default();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve_on(listener, router.clone(), async {
            // A sender that is dropped means the same as one that sends.
            let _ = stopped.await;
        }));
        let (sweeping, drain) = schedule(&url, &folder)?;
        drains.push(drain);
        Ok(Self { region: plan.region.clone(), url, cluster, folder, router, stop, serving, sweeping, drains })
    }

    /// A new operator's key of the region, kept in its folder.
    pub async fn operator(&self) -> Result<Accounts, Error> {
        let store = founding::store(&self.cluster, founding::DATABASE, "fn_admin")?;
        let key = admin::bootstrap::operator_key(&store, &self.region).await?;
        store.close().await;
        let refused =
            || Error::Refused { what: "an operator's key", answer: "the region has no system organization".to_owned() };
        let accounts = Accounts { operator_key: key.ok_or_else(refused)?.disclose().to_owned(), demo: None };
        accounts.write(&self.folder)?;
        Ok(accounts)
    }

    /// Ends open requests and messages, then stops the cluster.
    pub async fn stop(self) -> Result<(), Error> {
        self.sweeping.abort();
        // The server may have ended already.
        let _ = self.stop.send(());
        let _ = self.serving.await;
        for drain in self.drains {
            drain.drain(PATIENCE).await;
        }
        Ok(self.cluster.stop(private_postgres::Shutdown::Fast)?)
    }
}

/// All functions behind one address, as the region's load balancer shows them.
fn merged(functions: Vec<Function>) -> (Router, Vec<Drain>) {
    let mut drains = Vec::new();
    let mut stores = Vec::new();
    let mut services = Vec::new();
    for function in functions {
        drains.extend(function.drains);
        stores.extend(function.store);
        services.push(function.service);
    }
    let ready = Ready::when(move || {
        let stores = stores.clone();
        async move {
            for store in stores {
                if store.ping().await.is_err() {
                    return false;
                }
            }
            true
        }
    });
    let service = services.into_iter().reduce(web::endpoints::Service::merge);
    let router = service.map(|service| service.into_router(ready, Metrics::default())).unwrap_or_default();
    (router, drains)
}

/// The scheduler: a nudge for the timekeeper every few seconds.
fn schedule(url: &str, folder: &RegionFolder) -> Result<(JoinHandle<()>, Drain), Error> {
    let url = format!("{url}/push/sweep")
        .parse()
        .map_err(|_| Error::io("cannot schedule the sweep")(std::io::Error::other(url.to_owned())))?;
    let token = key_file::read_text(&folder.push_token())?;
    let pace = Pace { attempts: 1, ..Pace::default() };
    let (relay, drain) =
        Relay::start(vec![Subscription::to(url)], token.trim_end(), pace, &folder.dead_letters(), &Clock::System);
    let topic = Topic::Relay(relay);
    let sweeping = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(SWEEP);
        loop {
            ticks.tick().await;
            if topic.publish(Message::nudge()).await.is_err() {
                return;
            }
        }
    });
    Ok((sweeping, drain))
}
