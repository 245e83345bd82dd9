//! Whatever comes in, a report comes out.

use proptest::prelude::*;
use serde_json::{Value, json};
use truth_kernel::verify::{Verdict, verify};

use super::ledger::Ledger;
use crate::verify_value;

/// JSON made of the members that documents have, in every wrong place.
fn json_like_documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        Just(json!(1)),
        Just(json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
    ];
    let name = prop::sample::select(vec![
        "version",
        "log",
        "origin",
        "keys",
        "event",
        "events",
        "header",
        "hash",
        "opening",
        "salt",
        "body",
        "stream_key",
        "inclusion",
        "index",
        "indices",
        "hashes",
        "multiproof",
        "size",
        "checkpoint",
        "receipt",
        "key",
        "signature",
        "head",
        "statement",
        "anchors",
    ]);
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(String::from), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_invalid(bytes: Vec<u8>) {
        prop_assert_eq!(verify(&bytes, &Ledger::new().trust()).verdict, Verdict::Invalid);
    }

    #[test]
    fn arbitrary_json_is_never_valid(document in json_like_documents(), name in 0_usize..8) {
        let ledger = Ledger::new();
        prop_assert_ne!(verify_value(&document, &ledger.trust()).verdict, Verdict::Valid);
        // Put in the place of one member of real evidence, it goes unnoticed only where nothing is said.
        let mut evidence = serde_json::to_value(ledger.evidence(&ledger.claim[0])).unwrap();
        let members = ["version", "log", "event", "opening", "inclusion", "checkpoint", "receipt", "anchors"];
        let harmless = name == 7 || (name == 3 && document.is_null());
        evidence[members[name]] = document;
        let verdict = verify_value(&evidence, &ledger.trust()).verdict;
        prop_assert!(harmless || name == 0 || verdict != Verdict::Valid);
    }

    #[test]
    fn cut_and_pasted_documents_never_panic(from: usize, to: usize, at: usize) {
        let ledger = Ledger::new();
        let evidence = ledger.evidence(&ledger.claim[0]).with_receipt(ledger.receipt(&ledger.claim[0]));
        let mut bytes = serde_json::to_vec(&evidence).unwrap();
        let (from, to) = (from % bytes.len(), to % bytes.len());
        let piece = bytes[from.min(to)..from.max(to)].to_vec();
        let at = at % bytes.len();
        bytes.splice(at..at, piece);
        let _ = verify(&bytes, &ledger.trust());
    }
}
