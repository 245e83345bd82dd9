//! Laws of the header; its bytes are vectors.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::*;
use crate::canonical::Canonical;

const POSITION: std::ops::RangeInclusive<u64> = 1..=1 << 53;

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash::from_bytes)
}

fn names() -> impl Strategy<Value = (LogOrigin, EventType)> {
    let origin = "[a-z0-9]{1,9}\\.[a-z]{2,5}/[a-z]{1,9}-[a-z]{1,9}[0-9]{1,2}/(test-)?[1-9][0-9]?";
    (origin, "[a-z][a-z0-9_]{0,9}(\\.[a-z][a-z0-9_]{0,9}){1,3}")
        .prop_map(|(log, event_type)| (log.parse().unwrap(), event_type.parse().unwrap()))
}

prop_compose! {
    fn stream_position()(stream in hash(), prev in hash(), seq in POSITION) -> StreamPosition {
        StreamPosition { stream, prev, seq }
    }
}

prop_compose! {
    fn any_header()(
        chain in prop::sample::select(Chain::ALL), class in prop::sample::select(Level::ALL),
        commitment in hash(), decision in prop::option::of(hash()), prev in hash(), seq in POSITION,
        millis in 0_u64..1 << 47, random: [u8; 10], (log, event_type) in names(),
        stream in prop::option::of(stream_position()), time: i64,
    ) -> Header {
        Header {
            chain, class, commitment, decision, prev, seq, log, event_type, stream,
            id: EventId::from_parts(millis, random),
            org: OrgId::from_parts(millis / 2, random),
            time: Timestamp::from_millis(time),
        }
    }
}

fn full() -> String {
    format!(
        concat!(
            r#"{{"chain":"ledger","class":"content","commitment":"{a}","decision":"{b}","id":"evt_01a19467ec227e7b9e5d918d33f08169","#,
            r#""log":"ledger.example/us-east1/1","org":"org_01a19467e80075d7a45e7dbb07780b4e","prev":"{a}","seq":7,"stream":"{b}","#,
            r#""stream_prev":"{a}","stream_seq":2,"time":"2026-11-01T00:00:01.058Z","type":"claim.filed","v":1}}"#,
        ),
        a = "0a".repeat(32),
        b = "0b".repeat(32),
    )
}

#[test]
fn the_first_fault_is_named_by_its_member() {
    let full = full();
    assert_eq!(Header::parse(&full).unwrap().to_canonical(), full);
    for (from, to, member) in [
        ("{\"chain\":\"ledger\"", "{ \"chain\":\"ledger\"", "chain"),
        ("\"ledger\"", "\"Ledger\"", "chain"),
        ("\"ledger\",\"class\"", "\"ledger\", \"class\"", "class"),
        ("\"content\"", "\"private\"", "class"),
        ("\"0a0a", "\"0A0a", "commitment"),
        ("\"0b0b", "\"0b", "decision"),
        (",\"id\"", ",\"extra\":1,\"id\"", "id"),
        ("\"evt_", "\"org_", "id"),
        ("evt_01", "evt_\\u0030\\u0031", "id"),
        ("us-east1/1", "us-east1/01", "log"),
        ("\"org_", "\"evt_", "org"),
        ("\"seq\":7", "\"seq\":07", "seq"),
        ("\"seq\":7", "\"seq\":0", "seq"),
        ("\"seq\":7", "\"seq\":-7", "seq"),
        ("\"seq\":7", "\"seq\":\"7\"", "seq"),
        ("\"seq\":7", "\"seq\":9007199254740993", "seq"),
        ("\"seq\":7", "\"seq\":99999999999999999999", "seq"),
        ("\"seq\":7", "\"seq\":7.0", "time"),
        ("\"seq\":7,", "\"seq\":7,\"seq\":7,", "time"),
        ("\"stream_prev\"", "\"stream_last\"", "stream_prev"),
        (",\"stream_seq\":2", "", "stream_seq"),
        ("\"stream_seq\":2", "\"stream_seq\":0", "stream_seq"),
        (".058Z", "Z", "time"),
        (".058Z", ".058+00:00", "time"),
        ("2026-11-01", "2026-11-31", "time"),
        ("claim.filed", "claim", "type"),
        ("\"v\":1}", "\"v\":2}", "v"),
        ("\"v\":1}", "\"v\":1}\n", "v"),
        ("\"v\":1}", "\"v\":1", "v"),
        ("\"v\":1}", "\"v\":1,\"w\":1}", "v"),
    ] {
        let wrong = full.replacen(from, to, 1);
        assert_ne!(wrong, full, "{from}");
        assert_eq!(Header::parse(&wrong), Err(FormError { member }), "{wrong}");
    }
}

#[test]
fn a_stream_has_all_of_its_members_or_none() {
    let members = [
        format!(",\"stream\":\"{}\"", "0b".repeat(32)),
        format!(",\"stream_prev\":\"{}\"", "0a".repeat(32)),
        ",\"stream_seq\":2".to_owned(),
    ];
    for absent in 0..8 {
        let mut text = full();
        for (bit, member) in members.iter().enumerate().filter(|(bit, _)| absent >> bit & 1 == 1) {
            assert!(text.contains(member), "{bit}");
            text = text.replace(member, "");
        }
        assert_eq!(Header::parse(&text).is_ok(), absent == 0 || absent == 7, "{text}");
    }
}

#[test]
fn a_longer_header_is_refused_by_its_length() {
    let long = full().replace("ledger.example", &"a".repeat(MAX_LENGTH));
    assert_eq!(Header::parse(&long), Err(FormError { member: "length" }));
}

proptest! {
    #[test]
    fn a_header_is_its_canonical_form_which_is_the_gates(header in any_header()) {
        let text = header.to_canonical();
        prop_assert_eq!(Canonical::from_json(text.as_bytes()).unwrap().into_string(), text.clone());
        prop_assert_eq!(Header::parse(&text).unwrap(), header);
    }

    #[test]
    fn any_changed_byte_changes_the_hash_and_never_parses_to_the_same_header(
        header in any_header(), at: prop::sample::Index, flip in 1_u8..,
    ) {
        let text = header.to_canonical();
        let mut changed = text.clone().into_bytes();
        let index = at.index(changed.len());
        changed[index] ^= flip;
        prop_assert_ne!(event_hash(&changed), event_hash(text.as_bytes()));
        if let Some(other) = str::from_utf8(&changed).ok().and_then(|text| Header::parse(text).ok()) {
            prop_assert_eq!(other.to_canonical().into_bytes(), changed);
        }
    }

    #[test]
    fn what_parses_is_canonical(text in "\\PC{0,64}", cut: prop::sample::Index) {
        prop_assert!(Header::parse(&text).is_err());
        let full = full();
        let spliced = format!("{}{text}{}", &full[..cut.index(full.len())], &full[cut.index(full.len())..]);
        if let Ok(header) = Header::parse(&spliced) {
            prop_assert_eq!(header.to_canonical(), spliced);
        }
    }
}
