//! Where sockets come from: how many of an address there are, and how fast its calls are answered.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;

use super::Limits;
use crate::pace::Pace;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The addresses that sockets are connected from.
#[derive(Debug, Default)]
pub(crate) struct Addresses(Mutex<HashMap<IpAddr, Weak<Address>>>);

/// An address, as long as a socket is connected from it.
pub(crate) struct Address {
    pace: Pace,
    /// Calls that wait or are being answered.
    in_flight: AtomicUsize,
    max_in_flight: usize,
}

/// A call of an address that is under way, for as long as this lives.
#[derive(Debug)]
pub(super) struct OfAddress(Arc<Address>);

impl Drop for OfAddress {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// More sockets of an address than may be.
#[derive(Debug)]
pub(super) struct Crowded;

impl Addresses {
    /// Lets a socket in that was asked for by such a request. Nobody is counted whose address is unknown or this machine's.
    pub(super) fn admit(
        &self,
        request: &Parts,
        limits: &Limits,
    ) -> Result<Option<Arc<Address>>, Crowded> {
        let Some(address) = address_of(request, limits.proxies).map(network) else {
            return Ok(None);
        };
        if address.is_loopback() {
            return Ok(None);
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&address).and_then(Weak::upgrade) {
            // One of those is ours, and sockets keep one each.
            let crowded = Arc::strong_count(&known) > limits.sockets_per_address;
            return if crowded {
                Err(Crowded)
            } else {
                Ok(Some(known))
            };
        }
        known.retain(|_, address| address.strong_count() > 0);
        let pace = limits.calls_per_second_per_address;
        let new = Arc::new(Address {
            pace: Pace::new(pace, pace),
            in_flight: AtomicUsize::new(0),
            max_in_flight: limits.max_in_flight_per_address,
        });
        known.insert(address, Arc::downgrade(&new));
        Ok(Some(new))
    }
}

impl Address {
    /// Waits until another call of the address may be answered.
    pub(super) async fn paced(&self) {
        self.pace.wait().await;
    }

    /// A call has come. Gives whether there is room for it among those of the address, too.
    pub(super) fn enter(self: &Arc<Self>) -> (OfAddress, bool) {
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        (OfAddress(self.clone()), before < self.max_in_flight)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

/// The address that a request comes from: of `X-Forwarded-For` what the outermost proxy that is trusted has added.
fn address_of(request: &Parts, proxies: usize) -> Option<IpAddr> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
    if proxies == 0 {
        return peer.map(|peer| peer.0.ip());
    }
    let forwarded = request.headers.get_all(FORWARDED_FOR).into_iter();
    let named: Vec<&str> = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let added = named.len().checked_sub(proxies)?;
    let text = named[added].trim();
    let with_port = || text.parse().map(|address: SocketAddr| address.ip());
    text.parse().or_else(|_| with_port()).ok()
}

/// The network that a request comes from, as [`Addresses`] counts it.
pub(super) fn network_of(request: &Parts, limits: &Limits) -> Option<IpAddr> {
    address_of(request, limits.proxies).map(network)
}

/// Whoever has an address of IPv6 has all of its network.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn request(peer: &str, forwarded: &[&str]) -> Parts {
        let mut request = Request::builder();
        for value in forwarded {
            request = request.header(FORWARDED_FOR, *value);
        }
        let peer: SocketAddr = peer.parse().unwrap();
        request
            .extension(ConnectInfo(peer))
            .body(())
            .unwrap()
            .into_parts()
            .0
    }

    #[test]
    fn a_header_that_anybody_can_send_counts_as_far_as_proxies_are_trusted() {
        let forwarded = ["9.9.9.9", "1.1.1.1, 2.2.2.2:80"];
        let request = request("10.0.0.1:5000", &forwarded);
        let from = |proxies| address_of(&request, proxies).map(|address| address.to_string());
        assert_eq!(from(0).as_deref(), Some("10.0.0.1"));
        assert_eq!(from(1).as_deref(), Some("2.2.2.2"));
        assert_eq!(from(2).as_deref(), Some("1.1.1.1"));
        assert_eq!(from(3).as_deref(), Some("9.9.9.9"));
        assert_eq!(from(4), None);
    }

    #[test]
    fn sockets_of_an_address_are_counted_while_they_are_there() {
        let limits = Limits {
            sockets_per_address: 2,
            ..Limits::default()
        };
        let addresses = Addresses::default();
        let admit = |peer: &str| addresses.admit(&request(peer, &[]), &limits);
        let first = admit("10.0.0.1:1").unwrap().unwrap();
        let second = admit("10.0.0.1:2").unwrap().unwrap();
        assert!(admit("10.0.0.1:3").is_err());
        assert!(admit("10.0.0.2:3").is_ok());
        drop(first);
        assert!(admit("10.0.0.1:4").is_ok());
        drop(second);
        for port in 1..9 {
            assert!(admit(&format!("127.0.0.1:{port}")).unwrap().is_none());
        }
    }

    #[test]
    fn a_network_of_the_sixth_version_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(of("::1"), "::1");
    }
}
