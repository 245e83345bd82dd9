//! The HTTP part: the ledger writer against the source architecture's own path in Node, and against pgbench.

mod connection;
mod figures;
mod ledger;
mod peer;
mod requests;
pub mod role;
mod server;
mod sink;

use std::cell::RefCell;
use std::time::Duration;

use private_postgres::SUPERUSER;
use sqlx::{Connection, PgConnection};
use test_support::TestRegion;

use self::figures::{Measured, figures};
use self::ledger::{Ledger, Writer};
use self::peer::Peer;
use self::requests::{Events, Target};
use crate::Failure;
use crate::load::{Sample, closed_loop};
use crate::machine::{Flush, Machine};
use crate::pgbench::Pgbench;
use crate::report::{print_figures, print_samples};
use crate::rounds::{Contestant, Plan, medians};

/// Events of a batch, and how many connections send them: enough to keep the writer busy.
const BATCH: usize = 250;
const BATCH_CONNECTIONS: usize = 4;

/// How long the writer is asked before anything counts: enough to be answered on a busy machine too.
const WARM_UP: Duration = Duration::from_secs(1);

/// Prints what the writer and its peers reach on the local disk and with the slow flush.
pub async fn run(machine: &Machine, plan: Plan) -> Result<(), Failure> {
    let ground = Ground::prepare(machine).await?;
    let local = ground.measure(&LOCAL, plan).await?;
    let cost = ground.cost_per_event();
    print_samples("HTTP, local disk", local.samples());
    machine.set_flush(Flush::Slow).await?;
    let slow = ground.measure(&SLOW, plan).await?;
    machine.set_flush(Flush::Local).await?;
    print_samples("HTTP, flush of 3 ms", slow.samples());
    ground.check().await?;
    print_figures(&figures(&local, &slow, cost));
    Ok(())
}

/// Who can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The writer, with so many connections.
    Writer(usize),
    /// The same while the proof batcher seals: this and what the others have left.
    Sealed(usize),
    /// The writer's batch endpoint.
    Batches,
    /// The Node server, with so many connections.
    Peer(usize),
    Pgbench,
}

const LOCAL: [(&str, Kind); 7] = [
    ("writer, 64 connections", Kind::Writer(64)),
    ("Node, 64 connections", Kind::Peer(64)),
    ("pgbench, 64 clients", Kind::Pgbench),
    ("writer, batches of 250 on 4 connections", Kind::Batches),
    ("writer, 256 connections", Kind::Writer(256)),
    ("Node, 256 connections", Kind::Peer(256)),
    ("writer, 64 connections, while the batcher seals", Kind::Sealed(64)),
];

const SLOW: [(&str, Kind); 5] = [
    ("writer, 64 connections", Kind::Writer(64)),
    ("Node, 64 connections", Kind::Peer(64)),
    ("writer, 256 connections", Kind::Writer(256)),
    ("Node, 256 connections", Kind::Peer(256)),
    ("writer, batches of 250 on 4 connections", Kind::Batches),
];

/// The servers and their databases.
struct Ground {
    ledger: Ledger,
    writer: Writer,
    sealed: Writer,
    peer: Option<Peer>,
    pgbench: Pgbench,
    /// Processor time of the writer per event, of each run with 64 connections.
    costs: RefCell<Vec<Duration>>,
}

impl Ground {
    async fn prepare(machine: &Machine) -> Result<Self, Failure> {
        let ledger = Ledger::prepare(machine).await?;
        let (writer, sealed) = (ledger.writer().await?, ledger.sealed_writer().await?);
        asked(&writer.target, 16, Events::One, WARM_UP).await?;
        let (header, envelope) = ledger.row_sizes().await?;
        println!("Rows over HTTP: header {header} B, envelope {envelope} B on average");
        let tables = TestRegion::within(machine.cluster).await;
        let mut connection = PgConnection::connect(&tables.url(SUPERUSER)).await?;
        let database: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut connection).await?;
        // It is dropped with the cluster.
        std::mem::forget(tables);
        let pgbench = Pgbench::prepare(machine.cluster, database, header, envelope).await?;
        let peer = Peer::start(machine).await?;
        Ok(Self { ledger, writer, sealed, peer, pgbench, costs: RefCell::default() })
    }

    async fn measure(&self, kinds: &[(&'static str, Kind)], plan: Plan) -> Result<Measured, Failure> {
        let there = kinds.iter().filter(|(_, kind)| self.peer.is_some() || !matches!(kind, Kind::Peer(_)));
        let (names, entries): (Vec<_>, Vec<_>) =
            there.map(|(name, kind)| ((*name, *kind), Entry { kind: *kind, ground: self })).unzip();
        let samples = medians(&entries, plan).await?;
        Ok(Measured(names.into_iter().zip(samples).map(|((name, kind), sample)| (name, kind, sample)).collect()))
    }

    /// Runs the writer with 64 connections, and remembers what an event cost it.
    async fn costed(&self, time: Duration) -> Result<Sample, Failure> {
        let Writer { server, target, .. } = &self.writer;
        let (used, answered) = (server.processor_time()?, target.answered());
        let sample = asked(target, 64, Events::One, time).await?;
        let events = u32::try_from(target.answered() - answered)?;
        self.costs.borrow_mut().push(server.processor_time()?.saturating_sub(used) / events);
        Ok(sample)
    }

    /// The median of all runs until now.
    fn cost_per_event(&self) -> Duration {
        let mut costs = self.costs.borrow().clone();
        costs.sort_unstable();
        costs.get(costs.len() / 2).copied().unwrap_or_default()
    }

    /// A server that answers for what it has not stored would win every race.
    async fn check(&self) -> Result<(), Failure> {
        let answered = self.writer.target.answered() + self.sealed.target.answered();
        let mut counts = vec![("the ledger", answered, self.ledger.stored().await?)];
        if let Some(peer) = &self.peer {
            counts.push(("the peer", peer.target.answered(), peer.stored().await?));
        }
        for (who, answered, stored) in counts {
            println!("Answered by {who}: {answered} events, stored: {stored}");
            if answered != stored {
                return Err(format!("{who} answered for {answered} events and stored {stored}").into());
            }
        }
        Ok(())
    }
}

struct Entry<'a> {
    kind: Kind,
    ground: &'a Ground,
}

impl Contestant for Entry<'_> {
    async fn run(&self, time: Duration) -> Result<Sample, Failure> {
        let Ground { writer, sealed, peer, pgbench, .. } = self.ground;
        match (self.kind, peer) {
            (Kind::Writer(64), _) => self.ground.costed(time).await,
            (Kind::Writer(connections), _) => asked(&writer.target, connections, Events::One, time).await,
            (Kind::Sealed(connections), _) => asked(&sealed.target, connections, Events::One, time).await,
            (Kind::Batches, _) => asked(&writer.target, BATCH_CONNECTIONS, Events::Batch(BATCH), time).await,
            (Kind::Peer(connections), Some(peer)) => asked(&peer.target, connections, Events::One, time).await,
            (Kind::Peer(_), None) => Err("there is no peer".into()),
            (Kind::Pgbench, _) => pgbench.run(64, time).await,
        }
    }
}

/// Runs so many callers; what is counted are events, what is timed are requests.
async fn asked(target: &Target, connections: usize, events: Events, time: Duration) -> Result<Sample, Failure> {
    let sample = closed_loop(target.callers(connections, events).await?, time).await?;
    let size = match events {
        Events::One => 1,
        Events::Batch(size) => u32::try_from(size)?,
    };
    Ok(Sample { per_second: sample.per_second * f64::from(size), ..sample })
}
