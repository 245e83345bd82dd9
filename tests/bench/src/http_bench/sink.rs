//! Takes nudges and does nothing with them: the writer sends them as to a proof batcher on another machine.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::connection::Connection;
use crate::Failure;

/// A sink on the loopback; ends with this value.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Sink {
    /// Listens on a free port.
    pub async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(take_all(stream));
            }
        });
        Ok(Self { address, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take_all(stream: TcpStream) -> Result<(), Failure> {
    let mut connection = Connection::over(stream)?;
    loop {
        connection.receive().await?;
        connection.send(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
    }
}
