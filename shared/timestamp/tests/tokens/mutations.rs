//! Whatever is changed.

use std::ops::Range;
use std::sync::LazyLock;

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::{Decode, Encode};
use private_authority::{Key, Plan};
use proptest::prelude::*;
use timestamp::{Demands, Roots, Token, token_of_response};

use crate::fixture::{Fixture, NONCE, STAMPED, find};

/// A token with its roots; made once, as hundreds of cases follow.
static GOOD: LazyLock<Option<(Token, Roots)>> = LazyLock::new(|| {
    let plan = Plan { key: Key::Rsa, ..Plan::default() };
    let fixture = Fixture::new("no_mutation_of_what_is_signed_is_accepted", &plan)?;
    Some((fixture.token(), fixture.roots()))
});

fn verifies(token: Vec<u8>, roots: &Roots) -> bool {
    Token::from_der(token).verify(STAMPED, &Demands { nonce: Some(NONCE), policy: None }, roots).is_ok()
}

/// What a signature covers: the certificate, `TSTInfo`, the attributes; and the signature itself.
fn covered(token: &Token) -> Vec<Range<usize>> {
    let info = ContentInfo::from_der(token.as_der()).unwrap();
    let data: SignedData = info.content.decode_as().unwrap();
    let signer = data.signer_infos.0.get(0).unwrap();
    let attributes = signer.signed_attrs.as_ref().unwrap().to_der().unwrap();
    let certificate = data.certificates.unwrap().0.get(0).unwrap().to_der().unwrap();
    let content = data.encap_content_info.econtent.unwrap();
    // In the token, the attributes have another tag.
    let parts = [certificate.as_slice(), content.value(), &attributes[1..], signer.signature.as_bytes()];
    let range = |part: &&[u8]| {
        let start = find(token.as_der(), part).unwrap();
        start..start + part.len()
    };
    parts.iter().map(range).collect()
}

proptest! {
    #[test]
    fn no_mutation_of_what_is_signed_is_accepted(at: prop::sample::Index, bit in 0_u32..8) {
        let Some((token, roots)) = &*GOOD else { return Ok(()) };
        let mut bytes = token.as_der().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let is_covered = covered(token).iter().any(|range| range.contains(&at));
        prop_assert!(!is_covered || !verifies(bytes, roots), "byte {at}");
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = token_of_response(&bytes);
        let Some((_, roots)) = &*GOOD else { return Ok(()) };
        prop_assert!(!verifies(bytes, roots));
    }

    #[test]
    fn cut_and_pasted_tokens_never_panic(from: prop::sample::Index, to: prop::sample::Index, at: prop::sample::Index) {
        let Some((token, roots)) = &*GOOD else { return Ok(()) };
        let mut bytes = token.as_der().to_vec();
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        let piece = bytes[from.min(to)..from.max(to)].to_vec();
        let at = at.index(bytes.len());
        bytes.splice(at..at, piece.clone());
        prop_assert!(piece.is_empty() || !verifies(bytes, roots));
    }
}

#[test]
fn the_token_that_is_mutated_is_a_good_one() {
    let Some((token, roots)) = &*GOOD else { return };
    assert!(verifies(token.as_der().to_vec(), roots));
}
