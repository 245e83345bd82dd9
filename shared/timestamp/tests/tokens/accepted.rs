//! Tokens that are right.

use private_authority::{Key, OTHER_POLICY, Plan};
use timestamp::{Demands, TokenError};

use crate::fixture::{Fixture, NONCE, STAMPED};

#[test]
fn tokens_of_every_kind_of_key_and_hash_verify() {
    for (key, hash, certificate_hash) in [
        (Key::Rsa, "sha256", "sha1"),
        (Key::Rsa, "sha384", "sha256"),
        (Key::Rsa, "sha512", "sha512"),
        (Key::P256, "sha256", "sha256"),
        (Key::P256, "sha384", "sha384"),
        (Key::P384, "sha256", "sha1"),
        (Key::P384, "sha384", "sha256"),
    ] {
        let plan = Plan { key, hash, certificate_hash, ..Plan::default() };
        let Some(fixture) = Fixture::new("tokens_of_every_kind_of_key_and_hash_verify", &plan) else { return };
        let stamp = fixture.verify(&fixture.token()).unwrap_or_else(|error| panic!("{key:?} {hash}: {error}"));
        assert_eq!(stamp.authority, "CN=Private timestamp authority,O=Proveniq");
        assert!(stamp.time.millis() > 1_767_225_600_000, "{}", stamp.time);
    }
}

#[test]
fn a_policy_may_be_asked_for_and_demanded() {
    let Some(fixture) = Fixture::new("a_policy_may_be_asked_for_and_demanded", &Plan::default()) else { return };
    let token = fixture.token_under(Some(OTHER_POLICY));
    let demands = Demands { nonce: Some(NONCE), policy: Some(OTHER_POLICY.parse().unwrap()) };
    assert!(token.verify(STAMPED, &demands, &fixture.roots()).is_ok());
}

#[test]
fn a_token_of_long_ago_needs_no_nonce() {
    let Some(fixture) = Fixture::new("a_token_of_long_ago_needs_no_nonce", &Plan::default()) else { return };
    assert!(fixture.token().verify(STAMPED, &Demands::default(), &fixture.roots()).is_ok());
}

#[test]
fn one_root_of_several_is_enough() {
    let test = "one_root_of_several_is_enough";
    let Some(fixture) = Fixture::new(test, &Plan::default()) else { return };
    let Some(other) = Fixture::new(test, &Plan { key: Key::Rsa, ..Plan::default() }) else { return };
    let read = |fixture: &Fixture| std::fs::read(fixture.authority.roots()).unwrap();
    let both = timestamp::Roots::from_pem(&[read(&other), read(&fixture)].concat()).unwrap();
    for fixture in [&fixture, &other] {
        assert!(fixture.token().verify(STAMPED, &Demands::default(), &both).is_ok());
    }
}

#[test]
fn what_openssl_signs_as_cms_with_the_same_attributes_verifies_too() {
    let test = "what_openssl_signs_as_cms_with_the_same_attributes_verifies_too";
    let Some(fixture) = Fixture::new(test, &Plan::default()) else { return };
    let token = fixture.sign_again(&fixture.token(), &["-cades", "-econtent_type", "1.2.840.113549.1.9.16.1.4"]);
    assert!(fixture.verify(&token).is_ok());
    let by_key_id = ["-cades", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-keyid"];
    assert!(fixture.verify(&fixture.sign_again(&fixture.token(), &by_key_id)).is_ok());
}

#[test]
fn a_chain_may_have_a_certificate_between() {
    let test = "a_chain_may_have_a_certificate_between";
    let Some(fixture) = Fixture::new(test, &Plan::default()) else { return };
    let make = |csr: &str, key: &str, issuer: &str, extensions: &str, to: &str| {
        let (issuer_pem, issuer_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let subject = format!("/CN={to}");
        let run = |arguments: &[&str]| fixture.authority.run(arguments).unwrap();
        run(&["req", "-new", "-key", key, "-subj", &subject, "-config", "authority.cnf", "-out", csr]);
        let mut issue = vec!["x509", "-req", "-in", csr, "-CA", &issuer_pem, "-CAkey", &issuer_key, "-CAcreateserial"];
        issue.extend(["-days", "9", "-extfile", "authority.cnf", "-extensions", extensions, "-out", to]);
        run(&issue);
    };
    let key = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "between.key"];
    fixture.authority.run(&key).unwrap();
    make("between.csr", "between.key", "root", "root", "between.pem");
    make("signer.csr", "signer.key", "between", "signer", "signer.pem");
    // Made now, so that its time is not before the certificates'.
    let token = fixture.token();
    let arguments = ["-cades", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-certfile", "between.pem"];
    let whole = fixture.verify(&fixture.sign_again(&token, &arguments));
    assert!(whole.is_ok(), "{whole:?}");
    let without = fixture.verify(&fixture.sign_again(&token, &arguments[..3]));
    assert!(matches!(without, Err(TokenError::Chain(webpki::Error::UnknownIssuer))), "{without:?}");
}
