//! A claim's history: every event of its stream, and the signed head that says there are no more.

use store::event::StoredEvent;
use store::log::Published;
use store::replica::Wanted;
use store::stream::Stream;
use store::{Error, Tx};
use truth_kernel::body::ClaimId;
use truth_kernel::classification::Mode;
use truth_kernel::evidence::Inclusion;
use truth_kernel::hash::Hash;
use truth_kernel::history::{History, HistoryEvent, SignedHead};
use truth_kernel::id::OrgId;
use truth_kernel::region::LogOrigin;
use truth_kernel::stream::StreamHead;

use super::{Witness, text};

/// Events read in one transaction.
const PAGE: u32 = 500;

/// What a history ends with.
struct End {
    origin: LogOrigin,
    published: Option<Published>,
    stream: Stream,
}

impl Witness {
    /// The whole history of a claim, of any length; none if there is no such claim, or if it was erased.
    pub async fn history(&self, org: OrgId, mode: Mode, claim: &ClaimId) -> Result<Option<History>, Error> {
        let Some(end) = self.end(org, mode, claim).await? else {
            return Ok(None);
        };
        let mut events = Vec::new();
        let mut last = Hash::ZERO;
        while (events.len() as u64) < end.stream.seq {
            let first = events.len() as u64 + 1;
            let page = self.page(org, &end, first).await?;
            last = page.last().map_or(last, |(event, _)| event.hash);
            for (event, inclusion) in page {
                events.push(self.history_event(&event, inclusion).await?);
            }
        }
        if last != end.stream.hash {
            return Err(fault("another last event than the stream's head"));
        }
        Ok(Some(self.sign(end, events)))
    }

    /// From the primary: a head that did not know the newest events would be a signed lie. Reads what is published before the head: so no event that the tree of this size holds is missing from the history. And waits
    /// until the head is on disk, because it will be signed.
    async fn end(&self, org: OrgId, mode: Mode, claim: &ClaimId) -> Result<Option<End>, Error> {
        let mut tx = self.store.begin(org).await?;
        let Some(stream) = tx.stream(mode, claim).await? else {
            return Ok(None);
        };
        let first = tx.stream_events(stream.stream, 1, 1).await?.pop();
        let origin = first.ok_or(fault("a stream without events"))?.header.log;
        let published = tx.logs().published(&origin).await?;
        let stream = tx.stream(mode, claim).await?;
        tx.settle().await?;
        Ok(stream.map(|stream| End { origin, published, stream }))
    }

    /// Events `first ..` of the stream, up to its end or the page's.
    async fn page(&self, org: OrgId, end: &End, first: u64) -> Result<Vec<(StoredEvent, Option<Inclusion>)>, Error> {
        let rest = u32::try_from(end.stream.seq - first + 1).unwrap_or(PAGE);
        let wanted = Wanted::OfStream { stream: end.stream.stream, first, limit: rest.min(PAGE) };
        let (mut tx, events) = self.store.read(org, wanted).await?;
        let gapless = (first..).zip(&events).all(|(seq, event)| {
            let place = event.header.stream;
            place.is_some_and(|place| place.seq == seq)
        });
        if events.is_empty() || !gapless {
            return Err(fault("a gap in a stream"));
        }
        let inclusions = self.inclusions(&mut tx, end.published.as_ref(), &events).await?;
        Ok(events.into_iter().zip(inclusions).collect())
    }

    /// The place of each event, where the published tree holds it already.
    async fn inclusions(
        &self,
        tx: &mut Tx,
        published: Option<&Published>,
        events: &[StoredEvent],
    ) -> Result<Vec<Option<Inclusion>>, Error> {
        let Some(published) = published else {
            return Ok(events.iter().map(|_| None).collect());
        };
        let within = |event: &StoredEvent| event.leaf.filter(|leaf| *leaf < published.size);
        let leaves: Vec<_> = events.iter().filter_map(|event| Some((within(event)?, event.hash))).collect();
        let mut proven = self.prover.inclusions(tx, published, &leaves).await?.into_iter();
        let place = |event: &StoredEvent| within(event).and_then(|_| proven.next());
        Ok(events.iter().map(place).collect())
    }

    async fn history_event(&self, event: &StoredEvent, inclusion: Option<Inclusion>) -> Result<HistoryEvent, Error> {
        Ok(HistoryEvent { event: text(event)?, opening: self.opening(event).await?, inclusion })
    }

    fn sign(&self, end: End, events: Vec<HistoryEvent>) -> History {
        let log = self.keyring.log(&end.origin);
        let head = StreamHead {
            hash: end.stream.hash,
            // A statement's size is at least 1. Before the first checkpoint no tree holds anything that could contradict it.
            size: end.published.as_ref().map_or(1, |published| published.size.max(1)),
            log: end.origin,
            stream: end.stream.stream,
            stream_seq: end.stream.seq,
        };
        let covered = events.iter().any(|event| event.inclusion.is_some());
        let checkpoint = end.published.filter(|_| covered).map(|published| published.note);
        let head = SignedHead::sign(self.keyring.receipts(), &head);
        History::new(log, events, head, checkpoint)
    }
}

const fn fault(fault: &'static str) -> Error {
    Error::Inconsistent { table: "streams", fault }
}
