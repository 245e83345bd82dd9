//! Tests of the rules of one chain.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::*;
use crate::classification::Level;
use crate::hash::sha256;
use crate::header::StreamPosition;

const NAME: fn() -> ChainName =
    || ChainName { org: OrgId::from_parts(1, [1; 10]), mode: Mode::Test, chain: Chain::Ledger };

fn log() -> LogOrigin {
    "ledger.example/us-east1/test-1".parse().unwrap()
}

/// A chain's event, with its canonical header.
fn event(seq: u64, prev: Hash) -> (Header, String) {
    let header = Header {
        chain: Chain::Ledger,
        class: Level::Transactional,
        commitment: sha256(&[b"body", &seq.to_le_bytes()]),
        decision: None,
        id: EventId::from_parts(seq, [7; 10]),
        log: log(),
        org: NAME().org,
        prev,
        seq,
        stream: Some(StreamPosition { stream: sha256(&[b"stream"]), prev, seq }),
        time: Timestamp::from_millis(i64::try_from(seq).unwrap()),
        event_type: "claim.filed".parse().unwrap(),
    };
    let text = header.to_canonical();
    (header, text)
}

/// The row that is stored for an event.
fn row<'a>(header: &Header, text: &'a str) -> EventRow<'a> {
    EventRow {
        org: *header.org.as_uuid(),
        mode: "test",
        chain: "ledger",
        seq: i64::try_from(header.seq).unwrap(),
        id: *header.id.as_uuid(),
        hash: event_hash(text.as_bytes()),
        time: header.time.millis(),
        class: "transactional",
        event_type: "claim.filed",
        stream: header.stream.map(|position| position.stream),
        stream_seq: header.stream.map(|position| i64::try_from(position.seq).unwrap()),
        header: text,
    }
}

#[test]
fn a_chain_is_followed_from_its_first_event() {
    let mut tail = ChainTail::default();
    for seq in 1..=5 {
        let (header, text) = event(seq, tail.hash);
        assert_eq!(tail.advance(&NAME(), &log(), &row(&header, &text)).unwrap(), header);
    }
    assert_eq!(tail.seq, 5);
}

#[test]
fn every_column_is_held_against_the_header() {
    let (header, text) = event(1, Hash::ZERO);
    let right = row(&header, &text);
    let wrong: [(&str, EventRow<'_>); 8] = [
        ("`id`", EventRow { id: Uuid::nil(), ..right }),
        ("`time`", EventRow { time: right.time + 1, ..right }),
        ("`class`", EventRow { class: "content", ..right }),
        ("`type`", EventRow { event_type: "claim.closed", ..right }),
        ("`stream`", EventRow { stream: None, ..right }),
        ("`stream`", EventRow { stream: Some(Hash::ZERO), ..right }),
        ("`stream_seq`", EventRow { stream_seq: Some(2), ..right }),
        ("`hash`", EventRow { hash: Hash::ZERO, ..right }),
    ];
    for (column, row) in wrong {
        let mut tail = ChainTail::default();
        let found = tail.advance(&NAME(), &log(), &row).unwrap_err();
        assert!(found.to_string().contains(column), "{found}");
        assert_eq!(tail, ChainTail::default(), "a refused row moves nothing");
    }
}

#[test]
fn a_row_of_another_place_means_that_this_one_is_missing() {
    let (header, text) = event(1, Hash::ZERO);
    let right = row(&header, &text);
    for row in [
        EventRow { seq: 2, ..right },
        EventRow { seq: -1, ..right },
        EventRow { mode: "live", ..right },
        EventRow { chain: "audit", ..right },
        EventRow { org: Uuid::nil(), ..right },
    ] {
        let found = ChainTail::default().advance(&NAME(), &log(), &row).unwrap_err();
        assert_eq!(found, Fault::Missing.at(TABLE, Place::event(&NAME(), 1, None)));
    }
}

#[test]
fn what_was_rewritten_with_its_hash_is_found_by_its_neighbour() {
    let (first, text) = event(1, Hash::ZERO);
    let mut tail = ChainTail::default();
    tail.advance(&NAME(), &log(), &row(&first, &text)).unwrap();
    for (prev, log_name) in
        [(sha256(&[b"another first"]), log()), (tail.hash, "ledger.example/us-east1/test-2".parse().unwrap())]
    {
        let (second, text) = event(2, prev);
        assert!(tail.advance(&NAME(), &log_name, &row(&second, &text)).is_err());
    }
    let (mut early, _) = event(2, tail.hash);
    early.time = Timestamp::from_millis(0);
    let text = early.to_canonical();
    let found = tail.advance(&NAME(), &log(), &row(&early, &text)).unwrap_err();
    assert!(found.to_string().contains("`time`"), "{found}");
}

proptest! {
    #[test]
    fn any_changed_byte_of_a_header_is_found(at: proptest::sample::Index, byte in b' '..=b'~') {
        let (header, text) = event(1, Hash::ZERO);
        let hash = event_hash(text.as_bytes());
        let mut changed = text.clone().into_bytes();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        let row = EventRow { header: &changed, hash, ..row(&header, &text) };
        let found = ChainTail::default().advance(&NAME(), &log(), &row).unwrap_err();
        prop_assert!(found.to_string().contains("`hash`"));
    }
}
