//! Signed heads of claim histories.

use truth_kernel::encoding::{decode_base64_array, decode_hex};
use truth_kernel::header::Header;
use truth_kernel::signature::SigningKey;
use truth_kernel::stream::StreamHead;

use super::signatures::public_key;
use crate::{load, text};

#[test]
fn a_head_is_rebuilt_signed_bit_for_bit_and_verifies() {
    let signatures = load("signatures.json");
    let key = SigningKey::from_seed(&decode_hex(text(&signatures, "receipt_seed")).unwrap());
    let vectors = load("stream_heads.json");
    let heads = vectors.as_array().unwrap();
    assert!(!heads.is_empty());
    for vector in heads {
        let head = StreamHead::parse(text(vector, "statement")).unwrap();
        assert_eq!(head.statement(), text(vector, "statement"));
        let signature = decode_base64_array(text(vector, "signature")).unwrap();
        assert_eq!(head.sign(&key), signature);
        assert_eq!(head.verify(&public_key(text(vector, "key")), &signature), Ok(()));
    }
}

#[test]
fn a_head_is_the_last_event_of_its_stream() {
    let heads = load("stream_heads.json");
    let events = load("events.json");
    for vector in heads.as_array().unwrap() {
        let head = StreamHead::parse(text(vector, "statement")).unwrap();
        let of_stream = events["events"].as_array().unwrap().iter().filter(|event| {
            let header = Header::parse(text(event, "header")).unwrap();
            header.log == head.log && header.stream.is_some_and(|position| position.stream == head.stream)
        });
        let hashes: Vec<_> = of_stream.map(|event| text(event, "event_hash").to_owned()).collect();
        assert_eq!(hashes.len() as u64, head.stream_seq);
        assert_eq!(hashes.last(), Some(&head.hash.to_string()));
    }
}
