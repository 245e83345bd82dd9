//! Which addresses are public, by IANA's registries of special-purpose addresses (RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// Whether this machine itself may be sent to: for local runs and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Public addresses only.
    PublicOnly,
    /// Also the loopback.
    PublicAndLoopback,
}

/// What keeps an address from being sent to.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Unreachable {
    /// 127.0.0.0/8, `::1`.
    #[error("loopback")]
    Loopback,
    /// 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, `fc00::/7`.
    #[error("private network")]
    Private,
    /// 169.254.0.0/16, `fe80::/10`: where cloud providers answer with credentials.
    #[error("link-local, such as a metadata server")]
    LinkLocal,
    /// 100.64.0.0/10.
    #[error("shared address space of a provider")]
    Shared,
    /// 224.0.0.0/4, `ff00::/8`.
    #[error("multicast")]
    Multicast,
    /// 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, `2001:db8::/32`, `3fff::/20`.
    #[error("documentation")]
    Documentation,
    /// Everything else that is not a public unicast address.
    #[error("reserved")]
    Reserved,
}

impl Policy {
    /// The policy that a setting asks for.
    #[must_use]
    pub const fn allowing_loopback(allowed: bool) -> Self {
        if allowed { Self::PublicAndLoopback } else { Self::PublicOnly }
    }

    pub(super) const fn allows_loopback(self) -> bool {
        matches!(self, Self::PublicAndLoopback)
    }

    /// Whether an address may be sent to.
    pub fn check(self, address: IpAddr) -> Result<(), Unreachable> {
        let found = match address {
            IpAddr::V4(address) => special_v4(address),
            IpAddr::V6(address) => special_v6(address),
        };
        match found {
            None => Ok(()),
            Some(Unreachable::Loopback) if self.allows_loopback() => Ok(()),
            Some(unreachable) => Err(unreachable),
        }
    }
}

fn special_v4(address: Ipv4Addr) -> Option<Unreachable> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (127, ..) => Unreachable::Loopback,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Unreachable::Private,
        (169, 254, _) => Unreachable::LinkLocal,
        (100, 64..=127, _) => Unreachable::Shared,
        (224..=239, ..) => Unreachable::Multicast,
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Unreachable::Documentation,
        // This network; protocol assignments; relays of 6to4; benchmarks; class E with the broadcast.
        (0 | 240..=255, ..) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) => Unreachable::Reserved,
        _ => return None,
    })
}

fn special_v6(address: Ipv6Addr) -> Option<Unreachable> {
    if let Some(inner) = embedded(address) {
        return special_v4(inner);
    }
    let [first, second, ..] = address.segments();
    Some(match (first, second) {
        _ if address.is_loopback() => Unreachable::Loopback,
        (0xfc00..=0xfdff, _) => Unreachable::Private,
        (0xfe80..=0xfebf, _) => Unreachable::LinkLocal,
        (0xff00..=0xffff, _) => Unreachable::Multicast,
        (0x2001, 0x0db8) | (0x3fff, 0..=0x0fff) => Unreachable::Documentation,
        // Protocol assignments (Teredo, benchmarks, ORCHID); 6to4, which hides any IPv4 address.
        (0x2001, 0..=0x01ff) | (0x2002, _) => Unreachable::Reserved,
        (0x2000..=0x3fff, _) => return None,
        _ => Unreachable::Reserved,
    })
}

/// The IPv4 address within an IPv4-mapped one (`::ffff:0:0/96`) or one of NAT64 (`64:ff9b::/96`, RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
