#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;

fn public(text: &str) -> Result<Destination, Refusal> {
    Destination::parse(text, Policy::PublicOnly)
}

#[test]
fn an_https_url_is_taken_apart() {
    let destination = public("https://Hooks.Example.com:8443/a/b?c=d").unwrap();
    assert_eq!(destination.host, Host::Name("hooks.example.com".to_owned()));
    assert_eq!((destination.port, destination.path.as_str()), (8443, "/a/b?c=d"));
    assert_eq!(destination.authority, "Hooks.Example.com:8443");
    assert!(destination.encrypted);
    for (text, port, path) in
        [("https://example.com", 443, "/"), ("https://example.com?x", 443, "/?x"), ("https://8.8.8.8/x", 443, "/x")]
    {
        let destination = public(text).unwrap();
        assert_eq!((destination.port, destination.path.as_str()), (port, path), "{text}");
    }
}

#[test]
fn every_other_url_is_refused_with_the_reason() {
    let long = format!("https://example.com/{}", "x".repeat(2048));
    for (text, refusal) in [
        ("", Refusal::Malformed),
        ("example.com", Refusal::Malformed),
        ("/hooks", Refusal::Malformed),
        ("https://", Refusal::Malformed),
        ("https://exa mple.com/", Refusal::Malformed),
        ("https://exämple.com/", Refusal::Malformed),
        ("https://example.com:99999/", Refusal::Malformed),
        ("https://example.com:0/", Refusal::Malformed),
        ("https://ex%61mple.com/", Refusal::Malformed),
        (&long, Refusal::Malformed),
        ("http://example.com/", Refusal::NotEncrypted),
        ("ftp://example.com/", Refusal::NotEncrypted),
        ("https://user:pass@example.com/", Refusal::Decorated),
        ("https://example.com@127.0.0.1/", Refusal::Decorated),
        ("https://example.com/#fragment", Refusal::Decorated),
        ("https://localhost/", Refusal::PrivateName),
        ("https://localhost./", Refusal::PrivateName),
        ("https://a.localhost/", Refusal::PrivateName),
        ("https://metadata.google.internal/computeMetadata/v1/", Refusal::PrivateName),
        ("https://METADATA.google.INTERNAL./", Refusal::PrivateName),
        ("https://metadata/", Refusal::PrivateName),
        ("https://printer.local/", Refusal::PrivateName),
        ("https://127.1/", Refusal::PrivateName),
        ("https://2130706433/", Refusal::PrivateName),
        ("https://0x7f.0.0.0x1/", Refusal::PrivateName),
        ("https://0177.0.0.1/", Refusal::PrivateName),
        ("https://127.0.0.1/", Refusal::Unreachable(Unreachable::Loopback)),
        ("https://[::1]/", Refusal::Unreachable(Unreachable::Loopback)),
        ("https://[::ffff:127.0.0.1]/", Refusal::Unreachable(Unreachable::Loopback)),
        ("https://169.254.169.254/latest/meta-data/", Refusal::Unreachable(Unreachable::LinkLocal)),
        ("https://[fd00:ec2::254]/", Refusal::Unreachable(Unreachable::Private)),
    ] {
        assert_eq!(public(text), Err(refusal), "{text}");
    }
}

#[test]
fn a_local_run_speaks_plainly_to_the_loopback_alone() {
    for (text, taken) in [
        ("http://127.0.0.1:8080/hooks", true),
        ("http://[::1]:8080/hooks", true),
        ("http://localhost:8080/hooks", true),
        ("http://example.com/", false),
        ("http://10.0.0.1/", false),
        ("http://localhost.example.com/", false),
    ] {
        assert_eq!(Destination::parse(text, Policy::PublicAndLoopback).is_ok(), taken, "{text}");
    }
}
