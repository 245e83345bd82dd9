//! A running container: buildah, and below it the function's process.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Killed when dropped, the function too.
pub struct Running {
    buildah: Child,
    port: u16,
}

/// The function's own process.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    id: u32,
    pub user: u32,
    /// Whether its program needs no loader.
    pub is_static: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    pub status: u16,
    pub body: String,
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Running {
    pub fn start(command: &mut Command, port: u16) -> Self {
        Self { buildah: command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap(), port }
    }

    /// Asks as soon as it listens.
    pub async fn ask(&mut self, path: &str) -> Asked {
        let mut stream = loop {
            assert_eq!(self.buildah.try_wait().unwrap(), None, "the container ended");
            match TcpStream::connect(("127.0.0.1", self.port)).await {
                Ok(stream) => break stream,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Asked { status: head[9..12].parse().unwrap(), body: body.to_owned() }
    }

    /// The process at the end of buildah's.
    pub fn function(&self) -> Function {
        let id = descendants(self.buildah.id()).into_iter().find(|id| command_name(*id) == "function").unwrap();
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let users = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
        let user = users.split_whitespace().next().unwrap().parse().unwrap();
        let maps = fs::read_to_string(format!("/proc/{id}/maps")).unwrap();
        Function { id, user, is_static: !maps.contains(".so") }
    }

    /// Asks the function to end, and waits: the status.
    pub fn stop(mut self, function: Function) -> Option<i32> {
        Command::new("kill").args(["-s", "TERM", &function.id.to_string()]).status().unwrap();
        self.buildah.wait().unwrap().code()
    }
}

fn descendants(process: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> =
        children.flat_map(|ids| ids.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<_>>()).collect();
    children.iter().flat_map(|child| descendants(*child)).chain(children.iter().copied()).collect()
}

fn command_name(process: u32) -> String {
    fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default().trim().to_owned()
}

impl Drop for Running {
    fn drop(&mut self) {
        // They may have ended already.
        for process in descendants(self.buildah.id()) {
            let _ = Command::new("kill").args(["-s", "KILL", &process.to_string()]).status();
        }
        let _ = self.buildah.kill();
        let _ = self.buildah.wait();
    }
}
