//! `proveniq get`: one event as the API shows it.

use clap::Args;
use truth_kernel::id::EventId;

use crate::failure::{Exit, Failure};
use crate::http::{Client, Server};
use crate::output;

/// Prints one event.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    /// The event, such as `evt_01a1…`.
    event: EventId,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let client = Client::new(&options.server)?;
    let body = client.get(&format!("/api/v1/events/{}", options.event), &[])?.success()?;
    output::line(&String::from_utf8_lossy(&body))?;
    Ok(Exit::Done)
}
