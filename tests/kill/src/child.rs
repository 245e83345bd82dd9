//! A process of ours that is made to be killed, and what it said.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child as Process, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::{Failure, ensure};

/// How long a process may keep silent.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running process.
#[derive(Debug)]
pub struct Child {
    process: Process,
    lines: UnboundedReceiver<String>,
    /// What it has said.
    pub heard: Vec<String>,
}

impl Child {
    /// Starts the program; it dies with this value.
    pub fn start(program: &Path, role: &str, arguments: &[String]) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command.arg(role).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let out = process.stdout.take().ok_or("a child without a standard output")?;
        let (said, lines) = unbounded_channel();
        tokio::spawn(async move {
            let mut reader = BufReader::new(out);
            let mut line = String::new();
            // What follows the last line's end was cut off by the kill: it was not said.
            while reader.read_line(&mut line).await.is_ok_and(|length| length > 0) && line.ends_with('\n') {
                let said_line = std::mem::take(&mut line);
                if said.send(said_line.trim_end().to_owned()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { process, lines, heard: Vec::new() })
    }

    /// Hears `count` more lines that matter.
    pub async fn hear(&mut self, count: usize, matters: impl Fn(&str) -> bool) -> Result<(), Failure> {
        let mut left = count;
        while left > 0 {
            let line = timeout(PATIENCE, self.lines.recv()).await.map_err(|_| "a child hangs")?;
            let line = line.ok_or("a child ended by itself")?;
            left -= usize::from(matters(&line));
            self.heard.push(line);
        }
        Ok(())
    }

    /// Takes what it has said until now without waiting: what follows was said later.
    pub fn catch_up(&mut self) {
        while let Ok(line) = self.lines.try_recv() {
            self.heard.push(line);
        }
    }

    /// `kill -9`; answers with everything that it has ever said.
    pub async fn kill(mut self) -> Result<Vec<String>, Failure> {
        let ended = self.process.try_wait()?;
        ensure(ended.is_none(), || format!("a child ended by itself: {ended:?}"))?;
        self.process.kill().await?;
        while let Some(line) = self.lines.recv().await {
            self.heard.push(line);
        }
        Ok(self.heard)
    }
}
