//! Two regions in an empty folder, databases included.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::child::Child;
use crate::Failure;
use crate::machine::Machine;
use crate::programs::program;

/// From the beginning of its last words to its waiting for a signal.
const SETTLED: Duration = Duration::from_millis(200);

/// Time from the start of `proveniq-dev` until it says that its regions are up; everything is deleted afterwards.
pub async fn from_nothing(machine: &Machine) -> Result<Duration, Failure> {
    let state = machine.cluster.data_dir().with_file_name("regions");
    let mut command = Command::new(program("proveniq-dev")?);
    command.arg("--empty").arg("--state").arg(&state).args(["--port", &free_ports()?.to_string()]);
    let took = tokio::task::spawn_blocking(move || measure(command.stdout(Stdio::piped()))).await?;
    std::fs::remove_dir_all(state)?;
    took
}

fn measure(command: &mut Command) -> Result<Duration, Failure> {
    let began = Instant::now();
    let mut child = Child::start(command)?;
    let mut lines = BufReader::new(child.process.stdout.take().ok_or("no standard output")?).lines();
    let up = lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with("Two regions are up")));
    let took = began.elapsed();
    up.ok_or("the regions did not come up")??;
    // It heeds signals as soon as it has said how to go on.
    lines.next().ok_or("the regions ended by themselves")??;
    std::thread::sleep(SETTLED);
    // What it says at its end is read, so that it never waits for us.
    let rest = std::thread::spawn(move || lines.count());
    child.stop()?;
    rest.join().map_err(|_| "its output cannot be read")?;
    Ok(took)
}

/// The first of two neighbouring ports that nobody has.
fn free_ports() -> Result<u16, Failure> {
    let neighbours = |_| {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?.local_addr().ok()?.port();
        TcpListener::bind((Ipv4Addr::LOCALHOST, first.checked_add(1)?)).ok().map(|_| first)
    };
    (0..100).find_map(neighbours).ok_or_else(|| "no two neighbouring ports are free".into())
}
