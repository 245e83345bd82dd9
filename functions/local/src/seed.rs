//! Feeds the sample of real claims through the command line, as a partner would, and verifies a first proof.

use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio::process::Command;

use crate::error::Error;
use crate::regions_file::RegionEntry;

/// The sample that the repository carries (clients/cli/data/README.md says where it comes from).
const SAMPLE: &str = include_str!("../../../clients/cli/data/prism-sample.csv");

/// The programs that were built together with this one.
#[derive(Debug)]
pub struct Programs {
    /// The command line.
    pub proveniq: PathBuf,
}

impl Programs {
    /// Those in the folder of this program.
    pub fn beside_this() -> Result<Self, Error> {
        let this = std::env::current_exe().map_err(Error::io("cannot find this program's folder"))?;
        Ok(Self { proveniq: this.with_file_name("proveniq") })
    }
}

/// Imports the sample into every region; what an earlier start imported is skipped by its idempotency keys.
pub async fn feed(
    programs: &Programs,
    state: &Path,
    entries: &[RegionEntry],
    trust: &Path,
    began: Instant,
) -> Result<(), Error> {
    let sample = state.join("prism-sample.csv");
    std::fs::write(&sample, SAMPLE).map_err(Error::io(format!("cannot write {}", sample.display())))?;
    for entry in entries {
        let mut import = Command::new(&programs.proveniq);
        import.arg("import").arg(&sample).args(["--url", &entry.url, "--key", &entry.demo.key]);
        run("proveniq import", import.arg("--state").arg(state.join(&entry.region))).await?;
    }
    first_proof(programs, state, entries, trust).await?;
    println!("The first proof verified offline {:.1} s after the start.", began.elapsed().as_secs_f64());
    Ok(())
}

/// Asks for the evidence of the newest event and verifies it, as a partner would.
async fn first_proof(programs: &Programs, state: &Path, entries: &[RegionEntry], trust: &Path) -> Result<(), Error> {
    let Some(entry) = entries.first() else { return Ok(()) };
    let evidence = state.join("first-evidence.json");
    let mut prove = Command::new(&programs.proveniq);
    prove.args(["prove", "--newest", "--wait", "--url", &entry.url, "--key", &entry.demo.key]);
    run("proveniq prove", prove.arg("--state").arg(state.join(&entry.region)).arg("--output").arg(&evidence)).await?;
    let mut verify = Command::new(&programs.proveniq);
    run("proveniq verify", verify.arg("verify").arg(&evidence).arg("--trust").arg(trust)).await
}

async fn run(name: &'static str, command: &mut Command) -> Result<(), Error> {
    let status = command.status().await.map_err(Error::io(format!("cannot run {name}")))?;
    if status.success() { Ok(()) } else { Err(Error::Refused { what: name, answer: status.to_string() }) }
}
