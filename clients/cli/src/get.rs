//! `get`: one event of the organization.

use std::process::ExitCode;

use truth_kernel::id::EventId;

use crate::client::{Client, Server};
use crate::failure::{self, Failure};
use crate::output::print;

/// Print one event as JSON.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The event's id: `evt_…`.
    event: EventId,
    #[command(flatten)]
    server: Server,
}

/// Gets the event and prints it.
pub fn run(args: &Args) -> ExitCode {
    failure::exit(work(args))
}

fn work(args: &Args) -> Result<ExitCode, Failure> {
    let path = format!("/api/v1/events/{}", args.event);
    let answer = Client::new(&args.server).get(&path, "application/json")?;
    print(answer.text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
