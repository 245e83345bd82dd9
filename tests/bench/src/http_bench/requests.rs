//! What is asked of both servers: claims of one organization, 240 bytes of payload each, each under a new key.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cloud::random::Random;

use super::connection::Connection;
use crate::Failure;
use crate::load::Caller;

/// Claims that the events belong to.
const CLAIMS: u32 = 200_000;
/// Bytes of the canonical payload.
const PAYLOAD: usize = 240;
/// What the result of an item of a batch begins with, if it became an event.
const CREATED: &[u8] = b"{\"status\":201,";

/// A server, and how many events it has answered for.
#[derive(Debug, Clone)]
pub struct Target {
    address: SocketAddr,
    key: Arc<str>,
    payload: Arc<str>,
    answered: Arc<AtomicU64>,
}

impl Target {
    /// The server at this address, called with this API key.
    pub fn new(address: SocketAddr, key: &str) -> Self {
        let (start, end) = (r#"{"amount":"1200.50","cause":"hail","description":""#, r#"","loss_date":"2026-11-20"}"#);
        let rest = start.len() + end.len();
        let description = &"hail on a glass roof ".repeat(PAYLOAD)[..PAYLOAD - rest];
        let payload = format!("{start}{description}{end}").into();
        Self { address, key: key.into(), payload, answered: Arc::default() }
    }

    /// Events that it has answered for until now.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// So many callers, each with a connection of its own, who send so many events at a time.
    pub async fn callers(&self, connections: usize, events: Events) -> Result<Vec<EventCaller>, Failure> {
        let mut callers = Vec::new();
        for _ in 0..connections {
            let connection = Connection::open(self.address).await?;
            let run = u64::from_be_bytes(Random::system().bytes());
            callers.push(EventCaller { target: self.clone(), connection, events, run, calls: 0, body: Vec::new() });
        }
        Ok(callers)
    }

    fn push_event(&self, body: &mut Vec<u8>) -> Result<(), Failure> {
        let claim = u32::from_be_bytes(Random::system().bytes()) % CLAIMS;
        let start = r#"{"type":"claim.filed","classification":"transactional","tags":["claim"],"claim_id":"#;
        write!(body, r#"{start}"C-{claim:06}","payload":{}}}"#, self.payload)?;
        Ok(())
    }
}

/// How many events a request holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// One, to `/api/v1/events`.
    One,
    /// Several, to `/api/v1/events/batch`.
    Batch(usize),
}

/// Sends one request after the other.
#[derive(Debug)]
pub struct EventCaller {
    target: Target,
    connection: Connection,
    events: Events,
    run: u64,
    calls: u64,
    body: Vec<u8>,
}

impl EventCaller {
    /// The next request.
    fn request(&mut self) -> Result<Vec<u8>, Failure> {
        self.calls += 1;
        self.body.clear();
        let path = match self.events {
            Events::One => {
                self.target.push_event(&mut self.body)?;
                "/api/v1/events"
            }
            Events::Batch(events) => {
                self.push_batch(events)?;
                "/api/v1/events/batch"
            }
        };
        let mut request = Vec::with_capacity(self.body.len() + 256);
        write!(request, "POST {path} HTTP/1.1\r\nHost: {}\r\nX-API-Key: {}\r\n", self.target.address, self.target.key)?;
        write!(request, "Idempotency-Key: {:016x}{:016x}\r\n", self.run, self.calls)?;
        write!(request, "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", self.body.len())?;
        request.extend_from_slice(&self.body);
        Ok(request)
    }

    fn push_batch(&mut self, events: usize) -> Result<(), Failure> {
        self.body.extend_from_slice(b"{\"events\":[");
        for number in 0..events {
            if number > 0 {
                self.body.push(b',');
            }
            self.target.push_event(&mut self.body)?;
        }
        self.body.extend_from_slice(b"]}");
        Ok(())
    }
}

impl Caller for EventCaller {
    async fn call(&mut self) -> Result<(), Failure> {
        let request = self.request()?;
        self.connection.send(&request).await?;
        let answer = self.connection.receive().await?;
        let (expected, created) = match self.events {
            Events::One => (1, usize::from(answer.status() == Some(201))),
            Events::Batch(events) => {
                (events, answer.body.windows(CREATED.len()).filter(|window| *window == CREATED).count())
            }
        };
        if created != expected {
            let said = String::from_utf8_lossy(answer.body);
            return Err(format!("{created} of {expected} events: {}{said}", answer.head).into());
        }
        self.target.answered.fetch_add(created.try_into()?, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use truth_kernel::canonical::{MAX_DEPTH, parse};

    use super::{PAYLOAD, Target};

    #[test]
    fn a_payload_is_canonical_and_as_long_as_told() -> Result<(), crate::Failure> {
        let target = Target::new(([127, 0, 0, 1], 1).into(), "key");
        assert_eq!(target.payload.len(), PAYLOAD);
        assert_eq!(parse(target.payload.as_bytes(), MAX_DEPTH)?.canonical().as_str(), &*target.payload);
        let mut body = Vec::new();
        target.push_event(&mut body)?;
        assert!(parse(&body, MAX_DEPTH).is_ok());
        Ok(())
    }
}
