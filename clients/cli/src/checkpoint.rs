//! `proveniq checkpoint`: the newest checkpoint, once it was held against the last one seen.

use clap::Args;
use serde::Deserialize;

use crate::failure::{Exit, Failure};
use crate::http::{Client, Server};
use crate::memory::{self, Growth, Memory};
use crate::output;

/// Prints the newest checkpoint and demands that it contains the one seen before.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    memory: memory::Remembered,
    /// The number of the log, such as `1` or `test-1` (default: the newest of the key's mode).
    #[arg(long)]
    log: Option<String>,
}

#[derive(Deserialize)]
struct View {
    note: String,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let client = Client::new(&options.server)?;
    let mut memory = Memory::open(&options.memory)?;
    let note = newest(&client, options.log.as_deref())?;
    let (_, growth) = memory.admit(&client, &note)?;
    eprintln!(
        "{}",
        match growth {
            Growth::First => "The first checkpoint seen of this log.".to_owned(),
            Growth::Same => "The same as the last one seen.".to_owned(),
            Growth::From(size) => format!("It contains the last one seen, which had {size} leaves."),
        }
    );
    output::print(&note)?;
    Ok(Exit::Done)
}

/// The note of the newest published checkpoint.
pub(crate) fn newest(client: &Client, log: Option<&str>) -> Result<String, Failure> {
    let query: Vec<_> = log.iter().map(|log| ("log", *log)).collect();
    let view: View = client.get("/api/v1/checkpoint", &query)?.json()?;
    Ok(view.note)
}
