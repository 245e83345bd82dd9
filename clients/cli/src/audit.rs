//! `proveniq audit`: re-verifies everything that a region's database holds.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use cloud::key_wrapper::{Folder, KeyWrapper};
use cloud::random::Random;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde_json::json;
use store::audit::{Audit, Finding, Pace, Summary};
use store::vault::Vault;
use store::{Database, Store};
use truth_kernel::note::VerifierKey;

use crate::failure::{Exit, Failure};
use crate::output::{self, Palette, Tone, printable};
use crate::{regions_file, trust};

/// Re-verifies chains, streams, tiles, roots and checkpoints from a region's database and names the
/// first divergence: exit code 0 sound, 1 divergent, 2 nothing to audit.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The region of `bin/dev` on this machine.
    #[arg(long, required_unless_present = "database")]
    region: Option<String>,
    /// The database, by the role `fn_auditor` or a superuser.
    #[arg(long, value_name = "URL", conflicts_with = "region")]
    database: Option<String>,
    /// A key of a log that you trust, or a file of such keys; without one, signatures are not checked.
    #[arg(long, value_name = "VKEY|FILE")]
    trust: Vec<String>,
    /// Opens every body and compares it with its commitment and columns.
    #[arg(long)]
    openings: bool,
    /// The folder of wrapping keys that `--openings` needs with `--database`.
    #[arg(long, value_name = "FOLDER", requires = "openings")]
    wrapping_keys: Option<PathBuf>,
    /// Works all the time. Otherwise half of it, so that a ledger on the same server keeps most of its speed.
    #[arg(long)]
    full_speed: bool,
    /// Prints the finding as JSON.
    #[arg(long)]
    json: bool,
    /// The state folder of `bin/dev`.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// What is audited.
struct Target {
    url: String,
    trust: Vec<VerifierKey>,
    wrapping_keys: Option<PathBuf>,
    pace: Pace,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let target = options.target()?;
    let began = Instant::now();
    let finding = runtime()?.block_on(audit(&target))?;
    let seconds = began.elapsed().as_secs_f64();
    output::line(&if options.json { json(&finding, seconds) } else { text(&finding, seconds, Palette::of_stdout()) })?;
    Ok(match finding {
        Finding::Sound(_) => Exit::Done,
        Finding::Diverges(_) => Exit::Refused,
        Finding::Nothing(_) => Exit::CannotTell,
    })
}

impl Options {
    fn target(&self) -> Result<Target, Failure> {
        let mut trust = trust::read(&self.trust)?;
        let mut wrapping_keys = self.wrapping_keys.clone();
        let url = match (&self.region, &self.database) {
            (Some(code), _) => {
                let region = regions_file::find(self.state.as_deref(), code)?;
                trust.extend(region.keys);
                wrapping_keys = Some(region.wrapping_keys);
                region.auditor_url
            }
            (None, Some(url)) => url.clone(),
            (None, None) => return Err(Failure::usage("either --region or --database is needed")),
        };
        if self.openings && wrapping_keys.is_none() {
            return Err(Failure::usage("--openings needs --wrapping-keys"));
        }
        let pace = if self.full_speed { Pace::Full } else { Pace::HalfTime };
        Ok(Target { url, trust, wrapping_keys: wrapping_keys.filter(|_| self.openings), pace })
    }
}

async fn audit(target: &Target) -> Result<Finding, Failure> {
    let store = Store::open(
        Database::from_url(&target.url).map_err(|error| Failure::usage(format!("the database's URL: {error}")))?,
    );
    let vault = target.wrapping_keys.as_ref().map(|folder| {
        let folder = Folder::open(folder, Random::system()).map_err(|error| Failure::new(Exit::NoInput, error))?;
        Ok::<_, Failure>(Vault::new(store.clone(), KeyWrapper::Folder(folder)))
    });
    let vault = vault.transpose()?;
    let bar = bar();
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let audit = Audit { pace: target.pace, trust: &target.trust, vault: vault.as_ref(), progress: &mut progress };
    let finding = audit.run(&store).await?;
    bar.finish_and_clear();
    Ok(finding)
}

/// One thread: the work is a single pass.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(Exit::Io, format!("cannot start: {error}")))
}

fn json(finding: &Finding, seconds: f64) -> String {
    let value = match finding {
        Finding::Sound(summary) => json!({ "verdict": "sound", "summary": summary, "seconds": seconds }),
        Finding::Diverges(divergence) => json!({ "verdict": "divergent", "divergence": divergence }),
        Finding::Nothing(why) => json!({ "verdict": "nothing-to-audit", "reason": why }),
    };
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

fn text(finding: &Finding, seconds: f64, palette: Palette) -> String {
    match finding {
        Finding::Sound(summary) => sound(summary, seconds, palette),
        Finding::Diverges(divergence) => {
            format!(
                "{}: the first divergence is in {}",
                palette.paint(Tone::Bad, "DIVERGENT"),
                printable(&divergence.to_string())
            )
        }
        Finding::Nothing(why) => format!("{}: {why}", palette.paint(Tone::Unsure, "NOTHING TO AUDIT")),
    }
}

fn sound(summary: &Summary, seconds: f64, palette: Palette) -> String {
    let Summary { logs, chains, sealed, pending, streams, idempotency_keys, bodies } = summary;
    let mut lines = vec![format!(
        "{} events in {chains} chains and {streams} streams follow each other without a gap",
        sealed + pending
    )];
    for log in logs.iter().filter(|log| log.size > 0) {
        let signatures = if log.signed > 0 {
            "signed by the trusted key"
        } else {
            "signatures not checked for want of a trusted key"
        };
        let (origin, size, checkpoints) = (&log.origin, log.size, log.checkpoints);
        lines.push(format!(
            "{origin}: {size} leaves, every tile and root recomputed; {checkpoints} checkpoints, {signatures}"
        ));
    }
    lines.push(format!("{pending} events wait to be sealed"));
    lines.push(format!("{idempotency_keys} idempotency keys name their events"));
    lines.push(match bodies {
        Some(bodies) => format!("{bodies} bodies open and fit their commitments and columns"),
        None => "bodies not opened (--openings does)".to_owned(),
    });
    lines.push(format!("{}  ({seconds:.1} s)", palette.paint(Tone::Good, "SOUND")));
    lines.join("\n")
}

/// On a terminal; elsewhere it stays hidden.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} events, {rate}/s, {eta} left");
    let bar = ProgressBar::new(0);
    let rate = |state: &ProgressState, out: &mut dyn Write| {
        // What cannot be drawn is left out.
        let _ = write!(out, "{:.0}", state.per_sec());
    };
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("rate", rate));
    bar
}
