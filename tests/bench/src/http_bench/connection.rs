//! HTTP/1.1 with as little work as possible: load generator, servers and database share the cores.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A connection that is kept alive, with one message at a time on its way.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    message: Vec<u8>,
}

/// A message whose length its head tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// Start line and headers.
    pub head: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self, Failure> {
        Self::over(TcpStream::connect(address).await?)
    }

    /// Over an accepted stream.
    pub fn over(stream: TcpStream) -> Result<Self, Failure> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, message: Vec::with_capacity(8192) })
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &[u8]) -> Result<(), Failure> {
        Ok(self.stream.write_all(message).await?)
    }

    /// Receives the next message; the one before is forgotten.
    pub async fn receive(&mut self) -> Result<Message<'_>, Failure> {
        self.message.clear();
        let (head, whole) = loop {
            self.more().await?;
            if let Some(lengths) = lengths(&self.message)? {
                break lengths;
            }
        };
        while self.message.len() < whole {
            self.more().await?;
        }
        Ok(Message { head: std::str::from_utf8(&self.message[..head])?, body: &self.message[head..whole] })
    }

    async fn more(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.message).await? {
            0 => Err("a connection was closed".into()),
            _ => Ok(()),
        }
    }
}

impl Message<'_> {
    /// The status of an answer.
    pub fn status(&self) -> Option<u16> {
        self.head.split(' ').nth(1)?.parse().ok()
    }
}

/// Bytes of the head and of the whole message, once the head is complete.
fn lengths(bytes: &[u8]) -> Result<Option<(usize, usize)>, Failure> {
    let Some(end) = bytes.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) else { return Ok(None) };
    let head = end + END_OF_HEAD.len();
    let content_length = std::str::from_utf8(&bytes[..end])?.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    Ok(Some((head, head + content_length.transpose()?.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::{Message, lengths};

    #[test]
    fn a_message_is_as_long_as_its_head_says() -> Result<(), crate::Failure> {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(lengths(answer)?, Some((answer.len() - 2, answer.len())));
        assert_eq!(lengths(&answer[..30])?, None);
        assert_eq!(lengths(b"HTTP/1.1 204 No Content\r\n\r\n")?, Some((27, 27)));
        assert!(lengths(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n").is_err());
        assert_eq!(Message { head: "HTTP/1.1 201 Created\r\n", body: b"" }.status(), Some(201));
        Ok(())
    }
}
