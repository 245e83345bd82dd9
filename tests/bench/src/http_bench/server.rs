//! A server in a process of its own, so that its processor time can be told from everybody else's.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::Failure;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a tick of `/proc/<pid>/stat` is: Linux tells hundredths of seconds, whatever its own clock does.
const TICK: Duration = Duration::from_millis(10);

/// A running server on the loopback. It is killed with this value, and ends by itself when its standard input does.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the program on a free port, told by `$PORT`, and waits until it listens.
    pub async fn start(mut command: Command) -> Result<Self, Failure> {
        let address = free_address()?;
        command.env("PORT", address.port().to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let started = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = process.try_wait()? {
                return Err(format!("a server did not start: {status}").into());
            }
            if started.elapsed() > PATIENCE {
                return Err("a server does not listen".into());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(Self { process, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The processor time that it has used until now, in its own code and in the kernel's.
    pub fn processor_time(&self) -> Result<Duration, Failure> {
        let id = self.process.id().ok_or("a server has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        ticks(&stat).map(|ticks| TICK * ticks).ok_or_else(|| format!("/proc/{id}/stat: {stat}").into())
    }
}

/// Fields 14 and 15; the second, in parentheses, is the name and may hold spaces.
fn ticks(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let (user, system): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

fn free_address() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn processor_time_is_read_behind_a_name_with_spaces() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 900 0 0 0 120 34 0 0 20 0 5 0 100 1000 200";
        assert_eq!(ticks(stat), Some(154));
        assert_eq!(ticks("7 (a"), None);
    }
}
