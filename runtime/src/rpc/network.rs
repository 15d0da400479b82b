//! Addresses that count as one.

use std::net::{IpAddr, Ipv6Addr};

/// The network of an address: a client with an IPv6 address has all of its network.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        other => other,
    }
}

/// The largest network that one customer of a provider has: with IPv6, often 65,536 networks.
pub(crate) fn site(address: IpAddr) -> IpAddr {
    match network(address) {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, ..] = address.segments();
            Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
        }
        other => other,
    }
}
