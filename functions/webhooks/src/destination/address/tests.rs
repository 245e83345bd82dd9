#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::{any, proptest};

use super::*;

fn check(text: &str) -> Result<(), Unreachable> {
    Policy::PublicOnly.check(text.parse().unwrap())
}

#[test]
fn public_addresses_are_sent_to() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ] {
        assert_eq!(check(address), Ok(()), "{address}");
    }
}

#[test]
fn every_other_address_is_not() {
    for (address, why) in [
        ("127.0.0.1", Unreachable::Loopback),
        ("127.255.255.254", Unreachable::Loopback),
        ("::1", Unreachable::Loopback),
        ("::ffff:127.0.0.1", Unreachable::Loopback),
        ("64:ff9b::127.0.0.1", Unreachable::Loopback),
        ("10.0.0.1", Unreachable::Private),
        ("172.16.0.1", Unreachable::Private),
        ("172.31.255.255", Unreachable::Private),
        ("192.168.1.1", Unreachable::Private),
        ("::ffff:10.0.0.1", Unreachable::Private),
        ("64:ff9b::10.0.0.1", Unreachable::Private),
        ("fd00:ec2::254", Unreachable::Private),
        ("fc00::1", Unreachable::Private),
        ("169.254.169.254", Unreachable::LinkLocal),
        ("::ffff:169.254.169.254", Unreachable::LinkLocal),
        ("64:ff9b::169.254.169.254", Unreachable::LinkLocal),
        ("fe80::1", Unreachable::LinkLocal),
        ("100.64.0.1", Unreachable::Shared),
        ("100.127.255.255", Unreachable::Shared),
        ("224.0.0.1", Unreachable::Multicast),
        ("ff02::1", Unreachable::Multicast),
        ("192.0.2.1", Unreachable::Documentation),
        ("198.51.100.1", Unreachable::Documentation),
        ("203.0.113.1", Unreachable::Documentation),
        ("2001:db8::1", Unreachable::Documentation),
        ("3fff:fff::1", Unreachable::Documentation),
        ("0.0.0.0", Unreachable::Reserved),
        ("0.1.2.3", Unreachable::Reserved),
        ("192.0.0.1", Unreachable::Reserved),
        ("192.88.99.1", Unreachable::Reserved),
        ("198.18.0.1", Unreachable::Reserved),
        ("240.0.0.1", Unreachable::Reserved),
        ("255.255.255.255", Unreachable::Reserved),
        ("::", Unreachable::Reserved),
        ("::127.0.0.1", Unreachable::Reserved),
        ("64:ff9b:1::7f00:1", Unreachable::Reserved),
        ("2001::1", Unreachable::Reserved),
        ("2002:7f00:1::", Unreachable::Reserved),
        ("2002:a9fe:a9fe::", Unreachable::Reserved),
        ("fec0::1", Unreachable::Reserved),
        ("100::1", Unreachable::Reserved),
    ] {
        assert_eq!(check(address), Err(why), "{address}");
    }
}

#[test]
fn a_local_run_reaches_the_loopback_and_nothing_else_of_its_own() {
    let policy = Policy::allowing_loopback(true);
    for (address, reached) in [
        ("127.0.0.1", true),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("10.0.0.1", false),
        ("169.254.169.254", false),
    ] {
        assert_eq!(policy.check(address.parse().unwrap()).is_ok(), reached, "{address}");
    }
}

proptest! {
    #[test]
    fn what_the_standard_library_calls_special_is_refused(bits in any::<u32>()) {
        let address = Ipv4Addr::from_bits(bits);
        let special = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
            || address.is_broadcast() || address.is_documentation() || address.is_unspecified();
        assert!(!special || special_v4(address).is_some(), "{address}");
    }

    #[test]
    fn an_ipv4_address_is_judged_alike_in_every_dress(bits in any::<u32>()) {
        let address = Ipv4Addr::from_bits(bits);
        assert_eq!(special_v6(address.to_ipv6_mapped()), special_v4(address));
        let nat64 = Ipv6Addr::from_bits(0x0064_ff9b << 96 | u128::from(bits));
        assert_eq!(special_v6(nat64), special_v4(address));
        let six_to_four = Ipv6Addr::from_bits(0x2002 << 112 | u128::from(bits) << 80);
        assert!(special_v6(six_to_four).is_some());
    }

    #[test]
    fn outside_of_global_unicast_no_ipv6_address_is_public(bits in any::<u128>()) {
        let address = Ipv6Addr::from_bits(bits);
        if special_v6(address).is_none() && embedded(address).is_none() {
            assert_eq!(bits >> 125, 1, "{address}");
        }
    }
}
