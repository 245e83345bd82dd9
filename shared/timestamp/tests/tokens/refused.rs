//! Tokens with one thing wrong.

use std::time::Duration;

use private_authority::{Key, OTHER_POLICY, Plan};
use timestamp::{Demands, Request, ResponseError, Token, TokenError, token_of_response};

use crate::fixture::{Fixture, NONCE, STAMPED, find};

const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";

#[test]
fn a_token_for_something_else_is_refused() {
    let Some(fixture) = Fixture::new("a_token_for_something_else_is_refused", &Plan::default()) else { return };
    let (token, roots) = (fixture.token(), fixture.roots());
    let any = Demands::default();
    for other in [&b""[..], b"ledger.example/us-east1/1\n7\nAAAA", b"ledger.example/us-east1/1\n8\nAAAA\n"] {
        assert_eq!(token.verify(other, &any, &roots), Err(TokenError::OtherBytes));
    }
    let nonce = Demands { nonce: Some(NONCE + 1), policy: None };
    assert_eq!(token.verify(STAMPED, &nonce, &roots), Err(TokenError::OtherNonce));
    let policy = Demands { nonce: None, policy: Some(OTHER_POLICY.parse().unwrap()) };
    assert!(matches!(token.verify(STAMPED, &policy, &roots), Err(TokenError::OtherPolicy(_))));
}

#[test]
fn a_certificate_for_other_or_more_purposes_is_refused() {
    for purpose in ["", "timeStamping", "critical,timeStamping,emailProtection", "critical,serverAuth"] {
        let test = "a_certificate_for_other_or_more_purposes_is_refused";
        let Some(fixture) = Fixture::new(test, &Plan { purpose, ..Plan::default() }) else { return };
        let Some(right) = Fixture::new(test, &Plan::default()) else { return };
        // `openssl ts` itself would not sign with such a certificate.
        let token = fixture.sign_again(&right.token(), &["-cades", "-econtent_type", TST_INFO]);
        assert_eq!(fixture.verify(&token), Err(TokenError::Purpose), "{purpose}");
    }
}

#[test]
fn a_certificate_that_had_expired_is_refused() {
    let plan = Plan { days: 0, ..Plan::default() };
    let Some(fixture) = Fixture::new("a_certificate_that_had_expired_is_refused", &plan) else { return };
    // Valid within the second in which it was made.
    std::thread::sleep(Duration::from_millis(1_100));
    let refused = fixture.verify(&fixture.token());
    assert!(matches!(refused, Err(TokenError::Chain(webpki::Error::CertExpired { .. }))), "{refused:?}");
}

#[test]
fn a_root_that_nobody_trusts_is_refused() {
    let test = "a_root_that_nobody_trusts_is_refused";
    let Some(fixture) = Fixture::new(test, &Plan::default()) else { return };
    // Of the same name, with another key.
    let Some(other) = Fixture::new(test, &Plan::default()) else { return };
    let Some(other_kind) = Fixture::new(test, &Plan { key: Key::Rsa, ..Plan::default() }) else { return };
    let under = |other: &Fixture| fixture.token().verify(STAMPED, &Demands::default(), &other.roots()).unwrap_err();
    assert!(under(&other).is_of_a_stranger(), "{:?}", under(&other));
    assert!(matches!(under(&other_kind), TokenError::Chain(_)), "{:?}", under(&other_kind));
}

#[test]
fn a_token_without_what_a_timestamp_must_have_is_refused() {
    let test = "a_token_without_what_a_timestamp_must_have_is_refused";
    let Some(fixture) = Fixture::new(test, &Plan::default()) else { return };
    let token = fixture.token();
    let again = |more: &[&str]| fixture.verify(&fixture.sign_again(&token, more));
    assert_eq!(again(&["-econtent_type", TST_INFO]), Err(TokenError::Attribute("signingCertificate")));
    assert_eq!(again(&["-cades"]), Err(TokenError::Form("it does not sign a time")));
    assert_eq!(again(&["-cades", "-econtent_type", TST_INFO, "-nocerts"]), Err(TokenError::NoCertificate));
    let unsigned_attributes = again(&["-noattr", "-econtent_type", TST_INFO]);
    assert_eq!(unsigned_attributes, Err(TokenError::Form("its attributes are not signed")));
    let with_sha1 = again(&["-cades", "-econtent_type", TST_INFO, "-md", "sha1"]);
    assert_eq!(with_sha1, Err(TokenError::Algorithm("1.3.14.3.2.26".into())));
    let two = ["-cades", "-econtent_type", TST_INFO, "-signer", "root.pem", "-inkey", "root.key"];
    assert_eq!(again(&two), Err(TokenError::Form("it does not have exactly one signer")));
}

#[test]
fn tampered_with_it_is_refused() {
    let Some(fixture) = Fixture::new("tampered_with_it_is_refused", &Plan::default()) else { return };
    let token = fixture.token();
    let flipped = |at: usize| {
        let mut bytes = token.as_der().to_vec();
        bytes[at] ^= 1;
        fixture.verify(&Token::from_der(bytes))
    };
    let last = token.as_der().len() - 1;
    assert_eq!(flipped(last), Err(TokenError::Signature));
    // The year of genTime, in TSTInfo.
    let year = find(token.as_der(), b"\x18\x0f20").unwrap() + 5;
    assert_eq!(flipped(year), Err(TokenError::OtherContent));
    for end in 0..=last {
        assert!(fixture.verify(&Token::from_der(token.as_der()[..end].to_vec())).is_err(), "{end}");
    }
    let longer = [token.as_der(), b"\0"].concat();
    assert!(matches!(fixture.verify(&Token::from_der(longer)), Err(TokenError::Malformed(_))));
}

#[test]
fn what_the_authority_refuses_is_told() {
    let Some(fixture) = Fixture::new("what_the_authority_refuses_is_told", &Plan::default()) else { return };
    let unknown = Request::new(STAMPED, NONCE, Some("1.2.3.9".parse().unwrap())).unwrap().to_der().unwrap();
    let refused = token_of_response(&fixture.authority.reply(&unknown).unwrap());
    assert!(matches!(
        refused,
        Err(ResponseError::Refused { status: 2, failure: timestamp::Failure::UnacceptedPolicy })
    ));
    let refused = token_of_response(&fixture.authority.reply(b"not a query").unwrap());
    assert!(matches!(refused, Err(ResponseError::Refused { status: 2, .. })));
}
