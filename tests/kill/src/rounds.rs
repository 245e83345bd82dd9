//! The parts, and what a round of each is.

pub mod backend;
pub mod batcher;
pub mod disk;
pub mod server;
pub mod writer;

use std::path::{Path, PathBuf};

use private_postgres::Cluster;

use crate::Failure;
use crate::check::Tally;
use crate::ground::Ground;
use crate::seeded::Seeded;

/// Rounds that one region sees, so that a chain outlives many deaths and no audit takes long.
pub(crate) const ROUNDS_OF_A_REGION: u32 = 10;

/// How often, and with which chance.
#[derive(Clone, Debug)]
pub struct Plan {
    /// This program, which is also the children's.
    pub program: PathBuf,
    /// Rounds.
    pub rounds: u32,
    /// The seed.
    pub seed: u64,
}

impl Plan {
    /// A plan.
    pub fn new(program: impl AsRef<Path>, rounds: u32, seed: u64) -> Self {
        Self { program: program.as_ref().to_owned(), rounds, seed }
    }

    /// Goes through all rounds, in a fresh region every few.
    async fn run(
        &self,
        cluster: &'static Cluster,
        mut round: impl AsyncFnMut(&mut Ground, &mut Seeded) -> Result<Tally, Failure>,
    ) -> Result<Tally, Failure> {
        let mut total = Tally::default();
        let mut ground = None;
        for number in 0..self.rounds {
            let mut chance = Seeded::of_round(self.seed, number);
            if number % ROUNDS_OF_A_REGION == 0 {
                ground = Some(Ground::new(cluster, &mut chance).await);
            }
            let ground = ground.as_mut().ok_or("no ground")?;
            let tally = round(ground, &mut chance).await;
            total.add(&tally.map_err(|error| format!("round {number} of seed {}: {error}", self.seed))?);
        }
        Ok(total)
    }
}

/// Whether a line acknowledges an event.
fn acknowledges(line: &str) -> bool {
    line.starts_with("appended ") || line.starts_with("replayed ")
}
