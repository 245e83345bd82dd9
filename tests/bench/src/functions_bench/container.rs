//! A function's own program, started as its container starts it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::child::Child;
use crate::Failure;
use crate::process::memory;
use crate::programs::program;
use crate::stage::Stage;

/// How long a function may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is asked: fine enough for the figure, and it leaves the processor to the function.
const PACE: Duration = Duration::from_micros(200);
/// After the first answer, before its memory is read.
const IDLE: Duration = Duration::from_millis(500);

/// One start.
#[derive(Debug)]
pub struct Started {
    /// From exec to the first 200.
    pub healthy: Duration,
    /// Memory while idle, in bytes.
    pub idle: f64,
}

/// Starts the function, measures and kills it.
pub async fn start(stage: &Stage, name: &str, role: &str) -> Result<Started, Failure> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let url = format!("http://127.0.0.1:{port}");
    let mut command = Command::new(program(name)?);
    command.env_clear().envs(stage.environment(role, &url));
    command.env("PORT", port.to_string()).env("BIND_ADDRESS", "127.0.0.1").env("LOG", "error");
    tokio::task::spawn_blocking(move || measure(&mut command, port)).await?
}

fn measure(command: &mut Command, port: u16) -> Result<Started, Failure> {
    let began = Instant::now();
    let mut child = Child::start(command)?;
    while !is_healthy(port) {
        if let Some(status) = child.process.try_wait()? {
            return Err(format!("{} ended by itself: {status}", command.get_program().display()).into());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{} does not answer", command.get_program().display()).into());
        }
        sleep(PACE);
    }
    let healthy = began.elapsed();
    sleep(IDLE);
    let kib = memory(child.process.id(), "VmRSS").ok_or("a function without memory")?;
    Ok(Started { healthy, idle: f64::from(u32::try_from(kib)?) * 1024.0 })
}

fn is_healthy(port: u16) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    ask().is_ok_and(|answer| answer == *b"HTTP/1.1 200")
}
