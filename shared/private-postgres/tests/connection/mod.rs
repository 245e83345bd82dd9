//! The least that talks to `PostgreSQL`: start-up and simple query of its protocol, version 3.

use private_postgres::{Cluster, SUPERUSER};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

pub struct Connection(UnixStream);

impl Connection {
    /// Connects to the database `postgres` as the superuser.
    pub fn open(cluster: &Cluster) -> io::Result<Self> {
        let socket = cluster.socket_dir().join(format!(".s.PGSQL.{}", cluster.port()));
        let mut connection = Self(UnixStream::connect(socket)?);
        let parameters = format!("user\0{SUPERUSER}\0database\0postgres\0\0");
        let message = [&196_608_u32.to_be_bytes(), parameters.as_bytes()].concat();
        connection.send(&[], &message)?;
        connection.answer()?;
        Ok(connection)
    }

    /// The first column of the last row; empty when there is no row.
    pub fn ask(&mut self, sql: &str) -> io::Result<String> {
        self.send(b"Q", format!("{sql}\0").as_bytes())?;
        self.answer()
    }

    fn send(&mut self, kind: &[u8], body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
        self.0.write_all(&[kind, &length.to_be_bytes(), body].concat())
    }

    /// Reads up to `ReadyForQuery`.
    fn answer(&mut self) -> io::Result<String> {
        let mut value = String::new();
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'Z' => return Ok(value),
                b'E' => {
                    return Err(io::Error::other(String::from_utf8_lossy(&body).into_owned()));
                }
                // Two bytes of column count, four of the first column's length.
                b'D' => value = String::from_utf8_lossy(&body[6..]).into_owned(),
                _ => {}
            }
        }
    }

    fn receive(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.0.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        self.0.read_exact(&mut body)?;
        Ok((kind, body))
    }
}
