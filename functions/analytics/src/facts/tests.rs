#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use truth_kernel::classification::{Chain, Level};
use truth_kernel::header::StreamPosition;

use super::*;

const KEY: Hash = Hash::from_bytes([7; 32]);

fn header() -> Header {
    Header {
        chain: Chain::Ledger,
        class: Level::Transactional,
        commitment: Hash::from_bytes([1; 32]),
        decision: None,
        id: "evt_01890a5d000070008000000000000001".parse().unwrap(),
        log: "ledger.example/europe-west1/test-1".parse().unwrap(),
        org: "org_01890a5d000070008000000000000002".parse().unwrap(),
        prev: Hash::from_bytes([2; 32]),
        seq: 4711,
        stream: Some(StreamPosition { stream: Hash::from_bytes([3; 32]), prev: Hash::from_bytes([4; 32]), seq: 42 }),
        time: "2026-11-20T21:44:05.123Z".parse().unwrap(),
        event_type: "claim.filed".parse().unwrap(),
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(header().time.millis() + millis)
}

#[test]
fn a_row_holds_these_facts_and_no_others() {
    let milestones = Milestones { signed: vec![(8, at(250)), (9, at(900))], published: vec![(9, at(1_300))] };
    let row = row(&Header { decision: Some(Hash::ZERO), ..header() }, 8, &milestones, &KEY);
    assert_eq!(row.insert_id, "evt_01890a5d000070008000000000000001");
    let text = serde_json::to_string_pretty(&row.to_json()).unwrap();
    insta::assert_snapshot!(text, @r#"
    {
      "chain": "ledger",
      "class": "transactional",
      "decided": true,
      "fact_id": "016c885acd7cf30c34ee385010039c77",
      "hour": "2026-11-20T21:00:00.000Z",
      "log": "test-1",
      "mode": "test",
      "org": "org_01890a5d000070008000000000000002",
      "published_ms": 400,
      "region": "europe-west1",
      "sealed_ms": 900,
      "type": "claim.filed"
    }
    "#);
}

#[test]
fn nothing_in_a_row_leads_back_to_its_event() {
    let header = header();
    let row = row(&header, 8, &Milestones::default(), &KEY).to_json().to_string();
    let stream = header.stream.unwrap();
    let id = header.id.to_string();
    let telling = [header.commitment, header.prev, stream.stream, stream.prev].map(|hash| hash.to_string());
    for text in telling.iter().map(String::as_str).chain([&id, &id[4..], "4711", "42", "21:44", "05.123"]) {
        assert!(!row.contains(text), "{text} in {row}");
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let known = |signed: &[(u64, Timestamp)], published: &[(u64, Timestamp)]| {
        let milestones = Milestones { signed: signed.to_vec(), published: published.to_vec() };
        let row = row(&header(), 8, &milestones, &KEY).to_json();
        (row.get("sealed_ms").cloned(), row.get("published_ms").cloned())
    };
    assert_eq!(known(&[], &[]), (None, None));
    assert_eq!(known(&[(8, at(1))], &[(8, at(2))]), (None, None), "a checkpoint of size 8 covers the leaves 0 to 7");
    assert_eq!(known(&[(9, at(1))], &[]), (Some(1.into()), None));
    assert_eq!(known(&[], &[(9, at(2))]), (None, None), "without the first part there is no second");
    assert_eq!(known(&[(9, at(-5))], &[(9, at(-7))]), (Some(0.into()), Some(0.into())), "a clock that went back");
}

#[test]
fn every_column_is_filled_and_no_other() {
    let milestones = Milestones { signed: vec![(9, at(1))], published: vec![(9, at(2))] };
    let row = row(&header(), 8, &milestones, &KEY);
    let names: Vec<_> = row.values.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, FACTS.columns.iter().map(|column| column.name).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn an_event_has_one_name_and_another_key_gives_it_another(ids in prop::collection::btree_set(any::<[u8; 10]>(), 2..20)) {
        let events: Vec<EventId> = ids.iter().map(|random| EventId::from_parts(1, *random)).collect();
        let names = |key: Hash| events.iter().map(|event| fact_id(&key, *event)).collect::<BTreeSet<_>>();
        prop_assert_eq!(names(KEY).len(), names(KEY).union(&names(KEY)).count());
        prop_assert!(names(KEY).is_disjoint(&names(Hash::ZERO)));
    }

    #[test]
    fn an_hour_begins_before_its_events(millis in any::<i64>()) {
        let time = Timestamp::from_millis(millis.clamp(Timestamp::MIN.millis() + HOUR, Timestamp::MAX.millis()));
        let hour = hour(time).millis();
        prop_assert!(hour % HOUR == 0 && (0..HOUR).contains(&(time.millis() - hour)));
    }
}
