//! Events: payload, body, commitment, header, hash, and the chains and streams that they form.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash as Key;

use serde_json::Value;
use truth_kernel::body::{Body, Salt, commitment};
use truth_kernel::canonical::{Canonical, MAX_DEPTH, parse};
use truth_kernel::hash::Hash;
use truth_kernel::header::{Header, event_hash};
use truth_kernel::stream::{StreamKey, stream_id};

use crate::{load, parsed, text};

fn events() -> Vec<Value> {
    match load("events.json")["events"].take() {
        Value::Array(events) if !events.is_empty() => events,
        _ => panic!("no events"),
    }
}

#[test]
fn a_payload_becomes_its_body_and_the_body_its_commitment() {
    for event in events() {
        let body = Body::parse(text(&event, "body")).unwrap();
        let input = text(&event, "payload_input");
        let rebuilt = Body { payload: parse(input.as_bytes(), MAX_DEPTH).unwrap(), ..body.clone() };
        assert_eq!(rebuilt, body);
        let canonical = rebuilt.canonical();
        assert_eq!(canonical.as_str(), text(&event, "body"));
        assert_eq!(canonical.payload_sha256(), parsed(&event, "payload_sha256"));
        let salt: Salt = parsed(&event, "salt");
        let header = Header::parse(text(&event, "header")).unwrap();
        assert_eq!(canonical.commitment(&salt), header.commitment);
        assert_eq!(commitment(&salt, text(&event, "body")), header.commitment);
    }
}

#[test]
fn a_header_is_rebuilt_from_its_values_and_hashes_to_the_event_hash() {
    for event in events() {
        let text = text(&event, "header");
        let header = Header::parse(text).unwrap();
        assert_eq!(header.to_canonical(), text);
        assert_eq!(Canonical::from_json(text.as_bytes()).unwrap().as_str(), text);
        assert_eq!(event_hash(text.as_bytes()), parsed(&event, "event_hash"));
    }
}

#[test]
fn a_stream_is_named_by_its_claim_and_key() {
    for event in events() {
        let header = Header::parse(text(&event, "header")).unwrap();
        let body = Body::parse(text(&event, "body")).unwrap();
        let named = body.claim_id.map(|claim| {
            assert_eq!(claim.as_str(), text(&event, "claim_id"));
            stream_id(&parsed::<StreamKey>(&event, "stream_key"), &claim)
        });
        assert_eq!(header.stream.map(|position| position.stream), named);
    }
}

#[test]
fn chains_and_streams_are_gapless_and_linked() {
    let mut chains = Links::default();
    let mut streams = Links::default();
    for event in events() {
        let header = Header::parse(text(&event, "header")).unwrap();
        let hash = parsed(&event, "event_hash");
        chains.follow((header.org, header.log.mode(), header.chain), header.seq, header.prev, hash);
        if let Some(position) = header.stream {
            streams.follow(position.stream, position.seq, position.prev, hash);
        }
    }
    assert!(chains.0.len() > 1 && streams.0.len() > 1);
}

/// The last place and event hash of each chain.
struct Links<K>(HashMap<K, (u64, Hash)>);

impl<K> Default for Links<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Key + Eq + Debug> Links<K> {
    fn follow(&mut self, chain: K, seq: u64, prev: Hash, hash: Hash) {
        let (last_seq, last_hash) = self.0.get(&chain).copied().unwrap_or((0, Hash::ZERO));
        assert_eq!((seq, prev), (last_seq + 1, last_hash), "{chain:?}");
        self.0.insert(chain, (seq, hash));
    }
}
