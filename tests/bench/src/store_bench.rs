//! The store part: the appender in process, against pgbench and the textbook chain.

mod textbook;
pub mod workload;

use std::time::Duration;

use private_postgres::SUPERUSER;
use sqlx::{Connection, PgConnection};
use store::append::Appender;
use store::vault::Vault;
use store::{Database, Store};
use test_support::{RECEIPT_KEY, TestRegion};

use self::textbook::{Chains, Textbook};
use self::workload::{Manners, Workload};
use crate::Failure;
use crate::load::{Sample, closed_loop};
use crate::machine::{Flush, Machine};
use crate::pgbench::Pgbench;
use crate::report::{Bar, Figure, print_figures, print_samples};
use crate::rounds::{Contestant, Plan, medians};

/// Prints what the appender and its peers reach on the local disk and with the slow flush.
pub async fn run(machine: &Machine, plan: Plan) -> Result<(), Failure> {
    let ground = Ground::prepare(machine).await?;
    let local = measure(&ground, &LOCAL, plan).await?;
    print_samples("Store, local disk", local.iter().map(|(name, sample)| (*name, sample)));
    machine.set_flush(Flush::Slow).await?;
    let slow = measure(&ground, &SLOW, plan).await?;
    machine.set_flush(Flush::Local).await?;
    print_samples("Store, flush of 3 ms", slow.iter().map(|(name, sample)| (*name, sample)));
    print_figures(&figures(&local, &slow));
    Ok(())
}

type Samples = Vec<(&'static str, Sample)>;

async fn measure(ground: &Ground, kinds: &[(&'static str, Kind)], plan: Plan) -> Result<Samples, Failure> {
    let entries: Vec<_> = kinds.iter().map(|(_, kind)| Entry { kind: *kind, ground }).collect();
    let samples = medians(&entries, plan).await?;
    Ok(kinds.iter().map(|(name, _)| *name).zip(samples).collect())
}

const fn appender(instances: usize, callers: usize, manners: Manners) -> Kind {
    Kind::Appender { instances, callers, manners }
}

const LOCAL: [(&str, Kind); 12] = [
    ("appender, 256 callers", appender(1, 256, Manners::Good)),
    ("pgbench, 16 clients", Kind::Pgbench { clients: 16 }),
    ("pgbench, 64 clients", Kind::Pgbench { clients: 64 }),
    ("textbook chain, 64 callers", Kind::Textbook { callers: 64, chains: Chains::One }),
    ("textbook chain, 256 callers", Kind::Textbook { callers: 256, chains: Chains::One }),
    ("textbook, a chain per organization, 64 callers", Kind::Textbook { callers: 64, chains: Chains::PerOrganization }),
    ("4 appenders, 64 callers each", appender(4, 64, Manners::Good)),
    ("appender, 10 % replays and 1 % refused", appender(1, 256, Manners::Bad)),
    ("appender, one organization", appender(1, 256, Manners::OneOrganization)),
    ("appender, 1 caller", appender(1, 1, Manners::Good)),
    ("pgbench, 1 client", Kind::Pgbench { clients: 1 }),
    ("64 appenders, 1 caller each", appender(64, 1, Manners::Good)),
];

const SLOW: [(&str, Kind); 6] = [
    ("appender, 256 callers", appender(1, 256, Manners::Good)),
    ("textbook chain, 64 callers", Kind::Textbook { callers: 64, chains: Chains::One }),
    ("textbook chain, 256 callers", Kind::Textbook { callers: 256, chains: Chains::One }),
    ("4 appenders, 64 callers each", appender(4, 64, Manners::Good)),
    ("64 appenders, 1 caller each", appender(64, 1, Manners::Good)),
    ("pgbench, 64 clients", Kind::Pgbench { clients: 64 }),
];

fn figures(local: &Samples, slow: &Samples) -> Vec<Figure> {
    let [one, bench16, bench64, book64, book256, books, four, bad, alone, single, bench1, many] = values(local);
    let [slow_one, slow_book64, slow_book256, slow_four, slow_many, slow_bench] = values(slow);
    let bench = faster(bench16, bench64);
    vec![
        Figure::rate("appender : pgbench", &one, &bench, Bar::AtLeast(1.5)),
        Figure::rate("appender : textbook, 256 callers each", &one, &book256, Bar::AtLeast(20.0)),
        Figure::rate("appender : textbook with its best number of callers", &one, &faster(book64, book256), Bar::Told),
        Figure::rate("appender : textbook with a chain per organization", &one, &books, Bar::Told),
        Figure::rate(
            "appender : textbook, 256 callers each, 3 ms flush",
            &slow_one,
            &slow_book256,
            Bar::AtLeast(120.0),
        ),
        Figure::rate(
            "appender : textbook at its best, 3 ms flush",
            &slow_one,
            &faster(slow_book64, slow_book256),
            Bar::Told,
        ),
        Figure::rate("appender : pgbench, 3 ms flush", &slow_one, &slow_bench, Bar::Told),
        Figure::rate("4 instances : one", &four, &one, Bar::AtLeast(0.6)),
        Figure::rate("4 instances : one, 3 ms flush", &slow_four, &slow_one, Bar::AtLeast(1.0)),
        Figure::rate(
            "64 instances of 1 caller : textbook with 64, 3 ms flush",
            &slow_many,
            &slow_book64,
            Bar::AtLeast(15.0),
        ),
        Figure::rate("64 instances of 1 caller : textbook with 64", &many, &book64, Bar::Told),
        Figure::latency("1 caller : pgbench with 1 client, mean latency", &single, &bench1, Bar::AtMost(2.5)),
        Figure::rate("10 % replays and 1 % refused : all good", &bad, &one, Bar::AtLeast(0.8)),
        Figure::rate("one organization : 256", &alone, &one, Bar::Told),
    ]
}

fn values<const N: usize>(samples: &Samples) -> [Sample; N] {
    std::array::from_fn(|number| samples[number].1)
}

fn faster(one: Sample, other: Sample) -> Sample {
    if one.per_second > other.per_second { one } else { other }
}

/// Who can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// So many appenders with so many callers each.
    Appender {
        instances: usize,
        callers: usize,
        manners: Manners,
    },
    Pgbench {
        clients: usize,
    },
    Textbook {
        callers: usize,
        chains: Chains,
    },
}

struct Entry<'a> {
    kind: Kind,
    ground: &'a Ground,
}

/// Two databases, for the ledger and for its peers.
struct Ground {
    region: TestRegion,
    workload: Workload,
    pgbench: Pgbench,
    textbook: Textbook,
}

impl Ground {
    async fn prepare(machine: &Machine) -> Result<Self, Failure> {
        let region = TestRegion::within(machine.cluster).await;
        let workload = Workload::new(&region).await?;
        appended(&region, &workload, 1, 16, Manners::Good, Duration::from_millis(200)).await?;
        let mut connection = PgConnection::connect(&region.url(SUPERUSER)).await?;
        let (header, envelope): (i32, i32) = sqlx::query_as(
            "SELECT avg(octet_length(header))::int, avg(octet_length(envelope))::int FROM ledger_events JOIN event_payloads USING (id)",
        )
        .fetch_one(&mut connection)
        .await?;
        println!("Rows: header {header} B, envelope {envelope} B on average");
        // The peers write to a schema of their own, as the superuser: without the cost of row-level security.
        let peers = TestRegion::within(machine.cluster).await;
        let peer_orgs = Workload::new(&peers).await?;
        let orgs: Vec<_> = peer_orgs.organizations().iter().map(|org| *org.as_uuid()).collect();
        let mut connection = PgConnection::connect(&peers.url(SUPERUSER)).await?;
        let database: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut connection).await?;
        let pgbench = Pgbench::prepare(machine.cluster, database, header, envelope).await?;
        let textbook = Textbook::new(&peers, &orgs, header.try_into()?, envelope.try_into()?);
        // It is dropped with the cluster.
        std::mem::forget(peers);
        Ok(Self { region, workload, pgbench, textbook })
    }
}

/// Runs appenders, each with its own pool, vault and callers, after they have met all organizations.
pub async fn appended(
    region: &TestRegion,
    workload: &Workload,
    instances: usize,
    callers: usize,
    manners: Manners,
    time: Duration,
) -> Result<Sample, Failure> {
    let mut all = Vec::new();
    let mut stores = Vec::new();
    for _ in 0..instances {
        let store = Store::open(Database::from_url(&region.url("fn_ledger_writer"))?.connections(3));
        let vault = Vault::new(store.clone(), region.wrapper());
        let appender = Appender::start(&store, vault, RECEIPT_KEY);
        workload.meet(&appender).await?;
        all.extend((0..callers).map(|_| workload.caller(appender.clone(), manners)));
        stores.push(store);
    }
    let sample = closed_loop(all, time).await?;
    for store in stores {
        store.close().await;
    }
    Ok(sample)
}

impl Contestant for Entry<'_> {
    async fn run(&self, time: Duration) -> Result<Sample, Failure> {
        let Ground { region, workload, pgbench, textbook } = self.ground;
        match self.kind {
            Kind::Appender { instances, callers, manners } => {
                appended(region, workload, instances, callers, manners, time).await
            }
            Kind::Pgbench { clients } => pgbench.run(clients, time).await,
            Kind::Textbook { callers, chains } => textbook.run(callers, chains, time).await,
        }
    }
}
