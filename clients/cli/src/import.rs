//! `proveniq import`: claims of the data set `prism` as events (data/README.md says what it is).
//!
//! Every event has an idempotency key made of its claim's number, so a file may be imported again; a
//! note of how far an import came only saves time.

mod csv_claim;
mod date;
mod events;
mod money;
mod progress;
mod resume;
mod send;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use self::csv_claim::Claim;
use self::progress::Progress;
use self::resume::Resume;
use self::send::Sent;
use crate::failure::{Exit, Failure};
use crate::http::{Client, Server};
use crate::output;
use crate::verify::read;

/// Appends the events of every claim in a `prism.csv`; may be interrupted and run again.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    /// The folder that remembers how far an import came (default: proveniq in the user's state folder).
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Only the first so many claims.
    #[arg(long, value_name = "CLAIMS")]
    limit: Option<usize>,
    /// The file, or `-` for standard input.
    file: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let client = Client::new(&options.server)?;
    let file = read(&options.file)?;
    let mut claims = csv_claim::read(&file)
        .map_err(|fault| Failure::new(Exit::Data, format!("{}: {fault}", options.file.display())))?;
    claims.truncate(options.limit.unwrap_or(usize::MAX));
    let folder = options.state.clone().unwrap_or_else(private_postgres::default_state_dir);
    let resume = Resume::of(&folder, &file, &client);
    let began = Instant::now();
    let (done, probed) = done_before(&client, &claims, &resume)?;
    let mut progress = Progress::new(claims.len(), done);
    let sent = send::all(&client, &claims, done, &mut |now| {
        progress.set(now);
        resume.keep(now)
    });
    progress.finish();
    output::line(&summary(&claims, done, sent?.with_probe(probed), began.elapsed()))?;
    Ok(Exit::Done)
}

/// How many claims the ledger has from before, and what asking for the last of them wrote: a ledger that
/// started over does not have it, and then has none.
fn done_before(client: &Client, claims: &[Claim], resume: &Resume) -> Result<(usize, usize), Failure> {
    let done = resume.claims_done().min(claims.len());
    let Some(last) = done.checked_sub(1).and_then(|last| claims.get(last)) else { return Ok((0, 0)) };
    match send::one(client, last)?.new {
        0 => Ok((done, 0)),
        new => Ok((0, new)),
    }
}

fn summary(claims: &[Claim], done: usize, sent: Sent, took: Duration) -> String {
    let Sent { new, repeated } = sent;
    let before: usize = claims.iter().take(done).map(|claim| events::of(claim).len()).sum();
    let (seconds, there) = (took.as_secs_f64(), repeated + before);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = (new + repeated) as f64 / seconds.max(0.001);
    format!(
        "{} claims, {} events: {new} new, {there} already there; {seconds:.1} s, {rate:.0} events/s",
        claims.len(),
        new + there
    )
}

#[cfg(test)]
mod tests;
