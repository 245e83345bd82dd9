//! Measures the ledger and its peers side by side on this machine, and prints every figure beside its bar.

mod audit_bench;
mod client;
mod cloud_bench;
mod functions_bench;
mod http_bench;
mod keys;
mod load;
mod machine;
mod pgbench;
mod process;
mod programs;
mod proofs_bench;
mod report;
mod rounds;
mod serving;
mod stage;
mod store_bench;
mod times;

use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tokio::sync::OnceCell;

use crate::http_bench::role::Role;
use crate::machine::Machine;
use crate::rounds::Plan;
use crate::stage::Stage;

/// What any part of a benchmark may fail with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures the ledger and its peers in interleaved rounds on one durable private `PostgreSQL`.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    /// What to measure; everything unless told.
    parts: Vec<Part>,
    /// Few and short rounds: shows that it works, and little more.
    #[arg(long)]
    quick: bool,
    /// How many rounds.
    #[arg(long)]
    rounds: Option<NonZeroUsize>,
    /// How many seconds each contestant runs in each round.
    #[arg(long)]
    seconds: Option<NonZeroU64>,
    #[command(subcommand)]
    role: Option<Role>,
}

impl Options {
    fn plan(&self) -> Plan {
        let plan = if self.quick { Plan::QUICK } else { Plan::FULL };
        Plan {
            rounds: self.rounds.map_or(plan.rounds, NonZeroUsize::get),
            time: self.seconds.map_or(plan.time, |seconds| Duration::from_secs(seconds.get())),
            ..plan
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The appender in process, against pgbench and the textbook chain.
    Store,
    /// The ledger writer over HTTP, against a Node server and pgbench.
    Http,
    /// Proofs out of a log of a million events, sealing, and the time until an event is provable.
    Proofs,
    /// `proveniq audit` over the same log, and the appender meanwhile.
    Audit,
    /// Start and idle memory of every function; two regions from nothing.
    Functions,
    /// From an event to its row in the warehouse, through Pub/Sub's emulator; where that is installed.
    Cloud,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    if let Some(role) = options.role {
        return role.serve().await;
    }
    let plan = options.plan();
    let machine = Machine::start()?;
    machine.describe().await?;
    let log = OnceCell::new();
    let filled = async || log.get_or_try_init(|| Stage::filled(&machine, plan.events)).await;
    for part in Part::value_variants() {
        if options.parts.is_empty() || options.parts.contains(part) {
            match part {
                Part::Store => store_bench::run(&machine, plan).await?,
                Part::Http => http_bench::run(&machine, plan).await?,
                Part::Proofs => proofs_bench::run(filled().await?, plan).await?,
                Part::Audit => audit_bench::run(&machine, filled().await?, plan).await?,
                Part::Functions => functions_bench::run(&machine, plan).await?,
                Part::Cloud => cloud_bench::run(&machine, plan).await?,
            }
        }
    }
    Ok(())
}
