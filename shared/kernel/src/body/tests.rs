//! Laws of the body; its bytes are vectors.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::*;

fn any_body() -> impl Strategy<Value = Body> {
    let name = || prop::option::of("[^\\pC]{1,12}");
    let tags = prop::collection::vec(prop::sample::select(Tag::ALL), 0..4);
    let time = prop::option::of(any::<i64>().prop_map(Timestamp::from_millis));
    (name(), time, "\\PC{0,12}", name(), tags).prop_map(|(claim, occurred_at, payload, subject, tags)| Body {
        claim_id: claim.map(|claim| claim.parse().unwrap()),
        occurred_at,
        payload: Value::Array(vec![Value::Null, Value::String(payload)]),
        subject_id: subject.map(|subject| subject.parse().unwrap()),
        tags: tags.into_iter().collect(),
    })
}

#[test]
fn every_other_spelling_is_refused() {
    let right = r#"{"claim_id":"c","occurred_at":"2026-11-20T21:44:05.123Z","payload":1,"subject_id":"s","tags":["claim","pii"]}"#;
    assert_eq!(Body::parse(right).unwrap().canonical().as_str(), right);
    for (from, to) in [
        ("\"claim_id\":\"c\",", "\"claim_id\":\"\","),
        ("\"claim_id\":\"c\",", "\"claim_id\":null,"),
        ("\"claim_id\":\"c\",", "\"claim_id\":\"\\u0063\","),
        ("\"claim_id\":\"c\",", "\"claim_id\":\"c\", "),
        ("\"claim_id\":\"c\",", "\"claim_id\":\"c\",\"claim_id\":\"c\","),
        ("\"claim_id\":\"c\",", "\"claim_id\":\"c\",\"more\":1,"),
        (".123Z", "Z"),
        ("\"payload\":1,", ""),
        ("\"payload\":1,", "\"payload\":1.0,"),
        ("[\"claim\",\"pii\"]", "[\"pii\",\"claim\"]"),
        ("[\"claim\",\"pii\"]", "[\"claim\",\"claim\",\"pii\"]"),
        ("[\"claim\",\"pii\"]", "[\"ledger_proof\"]"),
        ("[\"claim\",\"pii\"]", "null"),
        (",\"tags\":[\"claim\",\"pii\"]", ""),
        ("\"]}", "\"]}\n"),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert_ne!(wrong, right, "{from}");
        assert_eq!(Body::parse(&wrong), Err(BodyError), "{wrong}");
    }
    assert_eq!(Body::parse("[]"), Err(BodyError));
}

#[test]
fn a_payload_of_the_greatest_depth_fits_into_a_body() {
    let nested = |depth| format!("{{\"payload\":{}{},\"tags\":[]}}", "[".repeat(depth), "]".repeat(depth));
    assert!(Body::parse(&nested(usize::from(MAX_DEPTH))).is_ok());
    assert_eq!(Body::parse(&nested(usize::from(MAX_DEPTH) + 1)), Err(BodyError));
}

#[test]
fn a_salt_is_never_printed_unless_disclosed() {
    let salt = Salt::from_bytes([7; 32]);
    assert_eq!(format!("{salt:?}"), "Salt(..)");
    assert_eq!(salt.disclose().parse::<Salt>().unwrap().as_bytes(), salt.as_bytes());
}

proptest! {
    #[test]
    fn a_body_is_its_canonical_form_which_the_gate_keeps(body in any_body()) {
        let canonical = body.canonical();
        let gated = parse(canonical.as_str().as_bytes(), MAX_DEPTH + 1).unwrap();
        prop_assert_eq!(gated.canonical().into_string(), canonical.as_str());
        prop_assert_eq!(body.payload.canonical().into_string(), canonical.payload());
        prop_assert_eq!(Body::parse(canonical.as_str()).unwrap(), body);
    }

    #[test]
    fn a_commitment_binds_every_byte_of_body_and_salt(body in any_body(), salt: [u8; 32], at: prop::sample::Index, flip in 1_u8..) {
        let text = body.canonical().into_string();
        let bound = commitment(&Salt::from_bytes(salt), &text);
        let mut other_salt = salt;
        other_salt[at.index(32)] ^= flip;
        prop_assert_ne!(commitment(&Salt::from_bytes(other_salt), &text), bound);
        let mut changed: Vec<char> = text.chars().collect();
        let index = at.index(changed.len());
        changed[index] = if changed[index] == '~' { '-' } else { '~' };
        let changed: String = changed.into_iter().collect();
        prop_assert_ne!(commitment(&Salt::from_bytes(salt), &changed), bound);
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,64}") {
        let _ = Body::parse(&text);
    }
}
