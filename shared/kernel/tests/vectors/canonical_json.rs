//! The gate: what passes, in which form, and what is refused.

use truth_kernel::canonical::{Canonical, MAX_DEPTH, parse};

use crate::{load, parsed, text};

#[test]
fn every_text_becomes_its_canonical_form_or_is_refused_with_its_code() {
    let vectors = load("canonical_json.json");
    for vector in vectors.as_array().unwrap() {
        let input = text(vector, "input");
        match (Canonical::from_json(input.as_bytes()), vector.get("canonical")) {
            (Ok(canonical), Some(expected)) => {
                assert_eq!(Some(canonical.as_str()), expected.as_str());
                assert_eq!(canonical.sha256(), parsed(vector, "payload_sha256"));
            }
            (Err(refusal), None) => {
                assert_eq!(refusal.kind.code(), text(vector, "refused"), "{input}");
            }
            (outcome, _) => panic!("{outcome:?} for {vector}"),
        }
    }
}

#[test]
fn canonical_texts_are_their_own_canonical_form() {
    let vectors = load("canonical_json.json");
    for expected in vectors.as_array().unwrap().iter().filter_map(|vector| vector["canonical"].as_str()) {
        let mut again = String::from("before ");
        parse(expected.as_bytes(), MAX_DEPTH).unwrap().canonical_into(&mut again);
        assert_eq!(again.strip_prefix("before "), Some(expected));
    }
}
