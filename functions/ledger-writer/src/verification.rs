//! Verifying a claim's history as it is stored: every event by itself, against the one before it in its stream and in its chain,
//! and under the published root.

mod event;
mod tree;

use serde::Serialize;
use store::event::StoredEvent;
use store::stream::Stream;
use truth_kernel::body::ClaimId;
use truth_kernel::hash::Hash;
use truth_kernel::id::EventId;
use truth_kernel::stream::{StreamKey, stream_id};
use web::caller::Caller;
use web::problem::Problem;

use self::tree::Trees;
use crate::writer::Writer;

/// Events that one short transaction reads.
const PAGE: u32 = 200;

/// Faults that one verification tells: after the first, most follow from it.
const TOLD: usize = 20;

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct Verification {
    result: Outcome,
    /// The claim's last event.
    head: Head,
    /// Events that are under the published root.
    sealed: u64,
    /// Events whose content was erased: their hashes stand, their bodies are gone.
    erased: u64,
    /// Size of the published tree that they were verified against.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint_size: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Valid,
    Invalid,
}

#[derive(Debug, Serialize)]
struct Head {
    stream_seq: u64,
    hash: Hash,
}

/// What is wrong with one event.
#[derive(Debug, Serialize)]
struct Fault {
    stream_seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventId>,
    found: &'static str,
}

/// Verifies what the database holds of a claim now; none if it holds nothing.
pub(crate) async fn verify(writer: &Writer, caller: &Caller, claim: &ClaimId) -> Result<Option<Verification>, Problem> {
    let Some(stream) = writer.store.begin(caller.org).await?.stream(caller.mode, claim).await? else { return Ok(None) };
    let mut verifying = Verifying {
        writer,
        caller,
        claim,
        trees: Trees::default(),
        last: Hash::ZERO,
        next: 1,
        found: Verification::of(&stream),
    };
    match stream.key(&writer.vault).await {
        Ok(key) => verifying.names(&stream, &key),
        Err(error) => verifying.broken(error)?,
    }
    while verifying.next <= stream.seq && verifying.found.faults.len() < TOLD {
        match verifying.page(&stream).await {
            Ok(0) => verifying.fault(None, "the event is missing"),
            Ok(_) => continue,
            Err(error) => verifying.broken(error)?,
        }
        break;
    }
    Ok(Some(verifying.finish(&stream)))
}

struct Verifying<'a> {
    writer: &'a Writer,
    caller: &'a Caller,
    claim: &'a ClaimId,
    trees: Trees,
    /// The hash of the last event read.
    last: Hash,
    /// The place of the next one.
    next: u64,
    found: Verification,
}

impl Verifying<'_> {
    fn fault(&mut self, event: Option<EventId>, fault: &'static str) {
        self.found.faults.push(Fault { stream_seq: self.next, event, found: fault });
    }

    /// A row that our own code would not have written is what a verification is there to find; a database that is gone is not.
    fn broken(&mut self, error: store::Error) -> Result<(), Problem> {
        match error {
            store::Error::Inconsistent { fault, .. } => self.fault(None, fault),
            store::Error::DoesNotOpen(_) => self.fault(None, "a sealed text does not open"),
            other => return Err(other.into()),
        }
        Ok(())
    }

    fn names(&mut self, stream: &Stream, key: &StreamKey) {
        if stream_id(key, self.claim) != stream.stream {
            self.fault(None, "the stream is not that of this claim");
        }
    }

    /// Verifies the next events; answers how many there were.
    async fn page(&mut self, stream: &Stream) -> Result<usize, store::Error> {
        let mut tx = self.writer.store.begin(self.caller.org).await?;
        let mut events = tx.stream_events(stream.stream, self.next, PAGE).await?;
        // Those that were appended meanwhile are for the next verification.
        events.retain(|event| event.header.stream.is_none_or(|place| place.seq <= stream.seq));
        let before: Vec<_> = events.iter().map(|event| event.header.seq.saturating_sub(1)).collect();
        let before = match events.first() {
            Some(event) => tx.chain_hashes(self.caller.mode, event.header.chain, &before).await?,
            None => return Ok(0),
        };
        self.trees.read(&mut tx, &events).await?;
        drop(tx);
        for event in &events {
            let prev = before.get(&(event.header.seq.saturating_sub(1))).copied();
            self.one(stream, event, prev).await?;
        }
        Ok(events.len())
    }

    async fn one(&mut self, stream: &Stream, event: &StoredEvent, prev: Option<Hash>) -> Result<(), store::Error> {
        let faults = [
            event::is_itself(event, self.caller),
            event::follows(event, stream.stream, self.next, self.last),
            event::is_linked(event, prev),
            self.opens(event).await?,
            self.is_included(event),
        ];
        for fault in faults.into_iter().flatten() {
            self.fault(Some(event.header.id), fault);
        }
        self.last = event.hash;
        self.next += 1;
        Ok(())
    }

    async fn opens(&mut self, event: &StoredEvent) -> Result<Option<&'static str>, store::Error> {
        let Some(payload) = &event.payload else {
            self.found.erased += 1;
            return Ok(None);
        };
        match self.writer.vault.open(self.caller.org, event.header.id, &payload.sealed).await {
            Ok(opened) => Ok(event::is_opened_by(event, &opened, self.claim)),
            Err(store::Error::DoesNotOpen(_)) => Ok(Some("the envelope does not open")),
            Err(error) => Err(error),
        }
    }

    fn is_included(&mut self, event: &StoredEvent) -> Option<&'static str> {
        let included = self.trees.is_included(event, self.writer.witness.keyring());
        self.found.sealed += u64::from(included == Ok(true));
        included.err()
    }

    fn finish(mut self, stream: &Stream) -> Verification {
        if self.found.faults.is_empty() && self.last != stream.hash {
            self.next = stream.seq;
            self.fault(None, "the stream's head is not its last event");
        }
        let is_valid = self.found.faults.is_empty();
        self.found.result = if is_valid { Outcome::Valid } else { Outcome::Invalid };
        self.found.checkpoint_size = self.trees.size();
        self.found
    }
}

impl Verification {
    fn of(stream: &Stream) -> Self {
        let head = Head { stream_seq: stream.seq, hash: stream.hash };
        Self { result: Outcome::Invalid, head, sealed: 0, erased: 0, checkpoint_size: None, faults: Vec::new() }
    }
}
