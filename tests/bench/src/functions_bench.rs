//! The functions part: how soon each container answers, what it holds while idle, and two regions from nothing.

mod child;
mod container;
mod regions;

use self::container::Started;
use crate::Failure;
use crate::machine::Machine;
use crate::report::{Bar, Figure, print_figures};
use crate::rounds::Plan;
use crate::stage::Stage;
use crate::times::{Times, in_millis};

/// Every function and the role that it serves as.
const FUNCTIONS: [(&str, &str); 7] = [
    ("ledger-writer", "fn_ledger_writer"),
    ("proof-batcher", "fn_proof_batcher"),
    ("proof-generator", "fn_proof_generator"),
    ("query", "fn_query"),
    ("admin", "fn_admin"),
    ("timekeeper", "fn_timekeeper"),
    ("webhooks", "fn_webhooks"),
];

/// Prints medians of interleaved starts.
pub async fn run(machine: &Machine, plan: Plan) -> Result<(), Failure> {
    let stage = Stage::prepare(machine, "functions").await?;
    let mut started: [Vec<Started>; FUNCTIONS.len()] = Default::default();
    for _ in 0..=2 * plan.rounds {
        for ((name, role), started) in FUNCTIONS.iter().zip(&mut started) {
            started.push(container::start(&stage, name, role).await?);
        }
    }
    let mut figures = Vec::new();
    for ((name, _), started) in FUNCTIONS.iter().zip(&started) {
        figures.extend(of_function(name, started)?);
    }
    let mut up = Vec::new();
    for _ in 0..plan.rounds.min(3) {
        up.push(regions::from_nothing(machine).await?);
    }
    let up = Times::of(up)?.median().as_secs_f64();
    figures.push(Figure::plain("two regions from nothing".to_owned(), up, "s", Bar::Ceiling(3.0, "s")));
    print_figures(&figures);
    Ok(())
}

fn of_function(name: &str, started: &[Started]) -> Result<[Figure; 2], Failure> {
    let time = Times::of(started.iter().map(|one| one.healthy).collect())?.median();
    let mut memory: Vec<f64> = started.iter().map(|one| one.idle).collect();
    memory.sort_by(f64::total_cmp);
    let idle = memory[memory.len() / 2] / 1e6;
    Ok([
        Figure::plain(format!("{name}, exec to the first 200"), in_millis(time), "ms", Bar::Ceiling(30.0, "ms")),
        Figure::plain(format!("{name}, idle memory"), idle, "MB", Bar::Ceiling(20.0, "MB")),
    ])
}
