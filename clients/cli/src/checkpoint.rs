//! `checkpoint`: the newest checkpoint of a log, held against the last one seen.

use std::process::ExitCode;

use crate::client::{Client, Server};
use crate::failure::{self, Failure};
use crate::output::print;
use crate::remembered::{Memory, StateFolder};
use crate::trust::Trust;

/// Print the newest checkpoint; it must contain the last one seen.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of the log, such as 1 or test-1 [default: the newest of the key's mode].
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    log: Option<String>,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    state: StateFolder,
}

/// Asks for the checkpoint, compares and prints it.
pub fn run(args: &Args) -> ExitCode {
    failure::exit(work(args))
}

fn work(args: &Args) -> Result<ExitCode, Failure> {
    let client = Client::new(&args.server);
    let memory = Memory { folder: args.state.resolve()?, client: &client, trust: args.trust.keys()? };
    let note = client.checkpoint(args.log.as_deref())?;
    let note = note.ok_or_else(|| Failure::Other("there is no such log, or nothing was published yet".to_owned()))?;
    let observed = memory.observe(&note)?;
    print(note.as_bytes())?;
    eprintln!("{observed}");
    Ok(ExitCode::SUCCESS)
}

/// Only what may stand in a query as it is.
fn number(text: &str) -> Result<String, &'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if text.bytes().all(plain) { Ok(text.to_owned()) } else { Err("a log's number is like 1 or test-1") }
}
