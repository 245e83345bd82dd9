//! One run of `proveniq audit`, and what it used.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::Failure;
use crate::machine::Machine;
use crate::process::{cpu_of_children, cpu_of_postgres, memory};
use crate::programs::program;
use crate::stage::Stage;

/// How often its memory is looked at; the kernel keeps the peak.
const PACE: Duration = Duration::from_millis(10);

/// Whether bodies are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Openings {
    Closed,
    Opened,
}

/// A sound audit.
#[derive(Debug)]
pub struct Audited {
    /// Events read.
    pub events: f64,
    /// Claims among them.
    pub claims: f64,
    /// Its own processor time.
    pub own: Duration,
    /// The server's meanwhile.
    pub postgres: Duration,
    /// From start to end.
    pub wall: Duration,
    /// The most memory that it held, in bytes.
    pub peak: f64,
}

/// The command, with the trust of the stage's keys.
pub fn command(stage: &Stage, openings: Openings) -> Result<Command, Failure> {
    let mut command = Command::new(program("proveniq")?);
    command.args(["audit", "--json", "--database", &stage.region.url("fn_auditor")]);
    for key in &stage.keys {
        command.args(["--trust", key]);
    }
    if openings == Openings::Opened {
        command.args(["--openings", "--wrapping-keys"]).arg(stage.region.wrapping_keys());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// Audits once; anything but a sound ledger is an error.
pub async fn audit(machine: &Machine, stage: &Stage, openings: Openings) -> Result<Audited, Failure> {
    let (own, postgres) = (cpu_of_children()?, cpu_of_postgres(machine.cluster)?);
    let began = Instant::now();
    let child = command(stage, openings)?.arg("--full-speed").spawn()?;
    let watching = tokio::spawn(peak(child.id()));
    let summary = sound(child).await?;
    let wall = began.elapsed();
    let number = |name: &str| summary[name].as_f64().ok_or_else(|| format!("an audit without {name}"));
    Ok(Audited {
        events: number("sealed")? + number("pending")?,
        claims: number("streams")?,
        own: cpu_of_children()?.saturating_sub(own),
        postgres: cpu_of_postgres(machine.cluster)?.saturating_sub(postgres),
        wall,
        peak: watching.await?,
    })
}

/// The summary of an audit that finds nothing.
pub async fn sound(child: Child) -> Result<Value, Failure> {
    let output = child.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the audit: {}: {said}", output.status).into());
    }
    let mut said: Value = serde_json::from_str(&said)?;
    Ok(said["summary"].take())
}

/// The peak of a process in bytes, until it has ended.
async fn peak(id: Option<u32>) -> f64 {
    let mut peak = 0;
    while let Some(kib) = id.and_then(|id| memory(id, "VmHWM")) {
        peak = kib.max(peak);
        tokio::time::sleep(PACE).await;
    }
    f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) * 1024.0
}
