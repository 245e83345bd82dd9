//! Measures the ledger and its peers side by side on this machine, and prints every figure beside its bar.

mod load;
mod machine;
mod report;
mod rounds;
mod store_bench;

use clap::{Parser, ValueEnum};

use crate::machine::Machine;
use crate::rounds::Plan;

/// What any part of a benchmark may fail with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures the ledger and its peers in interleaved rounds on one durable private PostgreSQL.
#[derive(Debug, Parser)]
struct Options {
    /// What to measure; everything unless told.
    parts: Vec<Part>,
    /// Few and short rounds: shows that it works, and little more.
    #[arg(long)]
    quick: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The appender in process, against pgbench and the textbook chain.
    Store,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    let plan = if options.quick { Plan::QUICK } else { Plan::FULL };
    let machine = Machine::start()?;
    machine.describe().await?;
    for part in Part::value_variants() {
        if options.parts.is_empty() || options.parts.contains(part) {
            match part {
                Part::Store => store_bench::run(&machine, plan).await?,
            }
        }
    }
    Ok(())
}
