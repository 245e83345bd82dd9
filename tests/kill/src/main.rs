//! Kills the ledger's processes in rounds and counts what was lost.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use cloud::random::Random;
use kill::batcher::BatcherProcess;
use kill::check::Tally;
use kill::rounds::{Plan, backend, batcher, disk, server, writer};
use kill::writer::Writer;
use kill::{Failure, ensure};

/// Kills the ledger's processes under load, and checks after each round that nothing acknowledged is lost.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    /// What to kill; everything unless told.
    parts: Vec<Part>,
    /// Rounds of each part.
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// The seed of all chance; a new one unless told.
    #[arg(long)]
    seed: Option<u64>,
    #[command(subcommand)]
    child: Option<Role>,
}

/// What this program is when it is its own child.
#[derive(Debug, Subcommand)]
enum Role {
    #[command(hide = true)]
    BeWriter(Writer),
    #[command(hide = true)]
    BeBatcher(BatcherProcess),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The process that appends.
    Writer,
    /// The whole `PostgreSQL`.
    Server,
    /// The backend between a batch and its barrier.
    Backend,
    /// The same backend, for a writer without the barrier's second look: it must lose.
    Control,
    /// The process that seals.
    Batcher,
    /// The room on the disk.
    Disk,
}

impl Part {
    async fn run(self, plan: &Plan) -> Result<Tally, Failure> {
        match self {
            Self::Writer => writer::run(plan).await,
            Self::Server => server::run(plan).await,
            Self::Backend => backend::run(plan).await,
            Self::Control => backend::run_control(plan).await,
            Self::Batcher => batcher::run(plan).await,
            Self::Disk => disk::run(plan).await,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    match options.child {
        Some(Role::BeWriter(writer)) => writer.run().await,
        Some(Role::BeBatcher(batcher)) => batcher.run().await,
        None => {
            let seed = options.seed.unwrap_or_else(|| u64::from_be_bytes(Random::system().bytes()));
            let plan =
                Plan::new(std::env::current_exe().unwrap_or_else(|_| PathBuf::from("kill")), options.rounds, seed);
            run_parts(&options.parts, &plan).await
        }
    }
}

async fn run_parts(parts: &[Part], plan: &Plan) -> Result<(), Failure> {
    println!("{} rounds each, seed {}", plan.rounds, plan.seed);
    println!(
        "{:10} {:>7} {:>13} {:>9} {:>7} {:>11} {:>6} {:>5}",
        "killed", "rounds", "acknowledged", "unknown", "caught", "sent again", "found", "lost"
    );
    for part in Part::value_variants() {
        if parts.is_empty() || parts.contains(part) {
            let tally = part.run(plan).await?;
            let name = format!("{part:?}").to_lowercase();
            println!(
                "{name:10} {:>7} {:>13} {:>9} {:>7} {:>11} {:>6} {:>5}",
                tally.rounds,
                tally.acknowledged,
                tally.unknown,
                tally.caught,
                tally.sent_again,
                tally.found,
                tally.lost
            );
            let must_lose = *part == Part::Control;
            ensure(must_lose == (tally.lost > 0), || format!("{name} lost {}", tally.lost))?;
        }
    }
    Ok(())
}
