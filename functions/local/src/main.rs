//! `proveniq-dev`: two regional ledgers on this machine, seeded, with a walk-through.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use local::demo::{self, Accounts};
use local::founding;
use local::regions_file::{RegionEntry, write_private};
use local::{
    AuthorityAddress, Error, LocalAuthority, LocalRegion, RegionPlan, folder::RegionFolder, reset, seed, walk_through,
};
use private_postgres::{Cluster, SUPERUSER, Settings};
use tokio::net::TcpListener;
use truth_kernel::region::Region;
use web::telemetry::{self, Filter, Logging};

/// The regions, with their demo organizations.
const REGIONS: [(&str, &str); 2] = [("europe-west1", "Alpine Mutual"), ("us-east1", "Lakeshore Insurance")];
/// The domain of the log origins.
const DOMAIN: &str = "proveniq.localhost";

/// Runs two regional ledgers on this machine.
#[derive(Debug, Parser)]
#[command(name = "bin/dev")]
struct Options {
    /// Starts over: deletes everything that an earlier start kept.
    #[arg(long)]
    reset: bool,
    /// The port of the first region; the others follow.
    #[arg(long, default_value_t = 8801)]
    port: u16,
    /// Where everything is kept.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Feeds no claims.
    #[arg(long)]
    empty: bool,
    /// What is logged.
    #[arg(long, default_value = "error")]
    log: Filter,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bin/dev: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Error> {
    let began = Instant::now();
    telemetry::init(Logging::of("proveniq-dev", options.log))
        .map_err(|mistakes| Error::Function { function: "telemetry", mistakes })?;
    let state = match options.state {
        Some(state) => std::path::absolute(state).map_err(Error::io("cannot tell where the state folder is"))?,
        None => private_postgres::state_dir()?,
    };
    let listeners = listen(options.port).await?;
    if options.reset {
        REGIONS.iter().try_for_each(|(region, _)| reset::region(&state, DOMAIN, region))?;
    }
    let authority = LocalAuthority::start(&state.join("authority")).await?;
    let address = authority.as_ref().map(LocalAuthority::address);
    let regions = start(&state, listeners, address.as_ref()).await?;
    println!("Two regions are up after {:.1} s.", began.elapsed().as_secs_f64());
    let entries = settle(&regions, &state).await?;
    let programs = seed::Programs::beside_this()?;
    let trust = write_trust(&state, &entries)?;
    if !options.empty {
        seed::feed(&programs, &state, &entries, &trust, began).await?;
    }
    let places = walk_through::Places { proveniq: &programs.proveniq, trust: &trust, state: &state };
    println!("{}", walk_through::text(&entries, places));
    println!("{}", walk_through::anchoring(&entries, places, address.as_ref().map(|address| address.roots.as_path())));
    web::serve::terminated().await;
    println!("Stopping.");
    for region in regions {
        region.stop().await?;
    }
    Ok(())
}

/// Takes the ports first: whoever runs this twice is told before anything is touched.
async fn listen(first: u16) -> Result<Vec<(Region, TcpListener)>, Error> {
    let mut listeners = Vec::new();
    for (port, (region, _)) in (first..).zip(REGIONS) {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|_| Error::PortInUse(port))?;
        let region = region.parse().map_err(|error| Error::io(region)(std::io::Error::other(error)))?;
        listeners.push((region, listener));
    }
    Ok(listeners)
}

async fn start(
    state: &std::path::Path,
    listeners: Vec<(Region, TcpListener)>,
    authority: Option<&AuthorityAddress>,
) -> Result<Vec<LocalRegion>, Error> {
    let mut urls = BTreeMap::new();
    for (region, listener) in &listeners {
        let address = listener.local_addr().map_err(Error::io("a listener without an address"))?;
        urls.insert(region.clone(), format!("http://{address}"));
    }
    let folders: Result<Vec<_>, _> = listeners.iter().map(|(region, _)| RegionFolder::prepare(state, region)).collect();
    let folders = folders?;
    let settings: Vec<_> = folders.iter().map(|folder| Settings::kept(folder.cluster())).collect();
    let clusters = Cluster::start_all(&settings)?;
    let starting = listeners.into_iter().zip(clusters).zip(folders).map(|(((region, listener), cluster), folder)| {
        let plan = RegionPlan { region, domain: DOMAIN.to_owned(), urls: urls.clone(), authority: authority.cloned() };
        tokio::spawn(async move { LocalRegion::start(&plan, cluster, folder, listener).await })
    });
    let mut regions = Vec::new();
    for starting in starting.collect::<Vec<_>>() {
        regions
            .push(starting.await.map_err(|error| Error::io("a region did not start")(std::io::Error::other(error)))??);
    }
    Ok(regions)
}

/// The accounts of each region, and the file by which the command line finds them.
async fn settle(regions: &[LocalRegion], state: &std::path::Path) -> Result<Vec<RegionEntry>, Error> {
    let mut entries = Vec::new();
    for (region, (_, name)) in regions.iter().zip(REGIONS) {
        let mut accounts = match Accounts::read(&region.folder) {
            Some(accounts) => accounts,
            None => region.operator().await?,
        };
        let demo = demo::ensure(&region.router, &region.region, &region.folder, &mut accounts, name).await?;
        entries.push(RegionEntry {
            region: region.region.to_string(),
            url: region.url.clone(),
            database_url: region.cluster.url(founding::DATABASE, SUPERUSER),
            auditor_url: region.cluster.url(founding::DATABASE, "fn_auditor"),
            wrapping_keys: region.folder.wrapping_keys().to_string_lossy().into_owned(),
            keys: region.folder.verifier_keys(DOMAIN, &region.region)?,
            operator_key: accounts.operator_key,
            demo,
        });
    }
    let json = serde_json::to_vec_pretty(&entries).map_err(|error| Error::io("regions.json")(error.into()))?;
    write_private(&state.join("regions.json"), &json)?;
    Ok(entries)
}

/// The public keys of all regions, one a line, as `proveniq verify --trust` reads them.
fn write_trust(state: &std::path::Path, entries: &[RegionEntry]) -> Result<PathBuf, Error> {
    let path = state.join("trusted-keys.txt");
    let keys: Vec<_> = entries.iter().flat_map(|entry| entry.keys.iter().map(String::as_str)).collect();
    std::fs::write(&path, keys.join("\n") + "\n").map_err(Error::io(format!("cannot write {}", path.display())))?;
    Ok(path)
}
