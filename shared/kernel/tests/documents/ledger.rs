//! A small ledger in memory: two claims and an event of none, sealed under a signed checkpoint.

use truth_kernel::body::{Body, Salt};
use truth_kernel::canonical::parse;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::classification::{Chain, Level, Tags};
use truth_kernel::evidence::{EventText, Evidence, Inclusion, LogKeys, Opening, Receipt};
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::header::{Header, StreamPosition};
use truth_kernel::id::{EventId, OrgId};
use truth_kernel::note::{NoteSigner, VerifierKey};
use truth_kernel::signature::SigningKey;
use truth_kernel::stream::{StreamHead, StreamKey, stream_id};
use truth_kernel::tile::{Tiles, append, inclusion_proof};
use truth_kernel::time::Timestamp;

pub const ORIGIN: &str = "ledger.example/us-east1/1";

/// An event and where it went.
pub struct Entry {
    pub event: EventText,
    pub opening: Opening,
    pub index: u64,
}

pub struct Ledger {
    pub log: NoteSigner,
    pub receipts: NoteSigner,
    pub tiles: Tiles,
    pub size: u64,
    pub note: String,
    /// Four events of claim A, in order.
    pub claim: Vec<Entry>,
    /// Two events of claim B, in order.
    pub other_claim: Vec<Entry>,
    /// An event of no claim.
    pub single: Entry,
}

pub fn signer(name: &str, seed: u8) -> NoteSigner {
    NoteSigner::new(name, SigningKey::from_seed(&[seed; 32])).unwrap()
}

/// Appends events to one chain and one log.
struct Writer {
    leaves: Vec<Hash>,
    prev: Hash,
    seq: u64,
}

impl Writer {
    fn write(&mut self, claim: Option<(&str, u64, Hash)>) -> Entry {
        self.seq += 1;
        let salt = Salt::from_bytes(*sha256(&[b"salt", &self.seq.to_le_bytes()]).as_bytes());
        let key = claim.map(|(id, ..)| StreamKey::from_bytes(*sha256(&[id.as_bytes()]).as_bytes()));
        let body = Body {
            claim_id: claim.map(|(id, ..)| id.parse().unwrap()),
            occurred_at: Some(Timestamp::from_millis(1_789_000_000_000)),
            payload: parse(r#"{"amount":"12.10","note":"grêle \u0001 \"x\""}"#.as_bytes(), 64).unwrap(),
            subject_id: None,
            tags: Tags::default(),
        };
        let body = body.canonical();
        let stream = claim.map(|(id, seq, prev)| StreamPosition {
            stream: stream_id(key.as_ref().unwrap(), &id.parse().unwrap()),
            prev,
            seq,
        });
        let header = Header {
            chain: Chain::Ledger,
            class: Level::Transactional,
            commitment: body.commitment(&salt),
            decision: None,
            id: EventId::from_parts(1_790_000_000_000 + self.seq, [7; 10]),
            log: ORIGIN.parse().unwrap(),
            org: OrgId::from_parts(1, [1; 10]),
            prev: self.prev,
            seq: self.seq,
            stream,
            time: Timestamp::from_millis(1_790_000_000_000 + i64::try_from(self.seq).unwrap()),
            event_type: "claim.updated".parse().unwrap(),
        };
        let event = EventText::new(header.to_canonical());
        self.prev = event.hash();
        let index = u64::try_from(self.leaves.len()).unwrap();
        self.leaves.extend([event.hash(), sha256(&[b"a stranger's", &index.to_le_bytes()])]);
        let opening = Opening::new(salt, body.into_string(), key);
        Entry { event, opening, index }
    }
}

/// Writes one more event of a claim.
fn extend(writer: &mut Writer, events: &mut Vec<Entry>, id: &str) {
    let prev = events.last().map_or(Hash::ZERO, |entry| entry.event.hash());
    let seq = u64::try_from(events.len()).unwrap() + 1;
    events.push(writer.write(Some((id, seq, prev))));
}

impl Ledger {
    pub fn new() -> Self {
        let mut writer = Writer { leaves: Vec::new(), prev: Hash::ZERO, seq: 0 };
        let (mut claim, mut other_claim) = (Vec::new(), Vec::new());
        extend(&mut writer, &mut claim, "CLM-A");
        extend(&mut writer, &mut other_claim, "CLM-B");
        extend(&mut writer, &mut claim, "CLM-A");
        let single = writer.write(None);
        extend(&mut writer, &mut claim, "CLM-A");
        extend(&mut writer, &mut other_claim, "CLM-B");
        extend(&mut writer, &mut claim, "CLM-A");
        let mut tiles = Tiles::new();
        let appended = append(&mut tiles, 0, &writer.leaves).unwrap();
        let log = signer(ORIGIN, 1);
        let note = Checkpoint::new(&ORIGIN.parse().unwrap(), appended.size, appended.root).sign(&log);
        let receipts = signer("ledger.example/us-east1/receipts", 2);
        Self { log, receipts, tiles, size: appended.size, note, claim, other_claim, single }
    }

    /// The keys of log and receipts.
    pub fn trust(&self) -> Vec<VerifierKey> {
        vec![self.log.verifier().clone(), self.receipts.verifier().clone()]
    }

    pub fn keys(&self) -> LogKeys {
        LogKeys { origin: ORIGIN.parse().unwrap(), keys: vec![self.log.verifier().clone()] }
    }

    pub fn inclusion(&self, entry: &Entry) -> Inclusion {
        let hashes = inclusion_proof(&self.tiles, entry.index, self.size).unwrap();
        Inclusion { index: entry.index, hashes }
    }

    pub fn receipt(&self, entry: &Entry) -> Receipt {
        Receipt::sign(&self.receipts, &entry.event.hash())
    }

    pub fn evidence(&self, entry: &Entry) -> Evidence {
        let opening = Some(entry.opening.clone());
        let (event, inclusion) = (entry.event.clone(), self.inclusion(entry));
        Evidence::included(self.keys(), event, opening, inclusion, self.note.clone())
    }

    /// The head of claim A.
    pub fn head(&self) -> StreamHead {
        let last = self.claim.last().unwrap().event.clone();
        StreamHead {
            hash: last.hash(),
            log: ORIGIN.parse().unwrap(),
            size: self.size,
            stream: Header::parse(last.header()).unwrap().stream.unwrap().stream,
            stream_seq: 4,
        }
    }
}
