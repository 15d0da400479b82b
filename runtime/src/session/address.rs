//! The addresses of clients: the sockets of each, and the limits of its calls.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::rpc::{Limits, network};
use crate::session::RateLimit;

const FORWARDED_FOR: &str = "x-forwarded-for";
/// How long an address is kept after its last socket has left: longer than its token bucket takes to refill.
const KEEP_UNUSED: Duration = Duration::from_secs(3);
/// A payload up to this size is accepted whatever waits, if its socket has nothing waiting.
const SMALL: usize = 64 * 1024;

/// The addresses that clients are connected from.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    table: Mutex<AddressTable>,
    /// So that each warning is logged once.
    unknown: AtomicBool,
    not_forwarded: AtomicBool,
    not_trusted: AtomicBool,
}

#[derive(Debug, Default)]
struct AddressTable {
    addresses: HashMap<AddressKey, Arc<Address>>,
    /// With this number of addresses, those that have left are searched for.
    prune_at: usize,
}

/// The key that clients are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum AddressKey {
    Address(IpAddr),
    /// All clients with an unknown address.
    Unknown,
}

/// An address that clients are connected from, and the limits that they share.
pub(crate) struct Address {
    rate_limit: RateLimit,
    sessions: AtomicUsize,
    sockets: AtomicUsize,
    /// Calls that wait or are being answered.
    in_flight: AtomicUsize,
    /// Bytes of their payloads.
    bytes: AtomicUsize,
    limits: Limits,
    last_release: Mutex<Instant>,
}

/// Counts a connection of an address that is or may become a socket, for as long as this lives.
#[derive(Debug)]
pub(crate) struct CountedConnection(Option<Arc<Address>>);

/// Counts a socket of an address for as long as this lives.
#[derive(Debug)]
pub(super) struct SocketSlot(Arc<Address>);

/// Counts a call of an address, which is waiting or being answered, for as long as this lives.
#[derive(Debug)]
pub(super) struct CallSlot {
    address: Arc<Address>,
    bytes: usize,
}

/// Whether an address may have another call waiting or being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// Only if its socket has nothing waiting.
    ForFirst,
    None,
}

/// An address has the allowed number of sockets already.
#[derive(Debug)]
pub(crate) struct TooMany;

impl Addresses {
    /// Counts a client that begins to connect. Connections of this machine are not counted, unless there are proxies
    /// before the server.
    pub(crate) fn count_connection(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        limits: &Limits,
    ) -> Result<Arc<CountedConnection>, TooMany> {
        let address = self.address(headers, extensions, limits);
        if let Some(address) = &address {
            let most = limits.sockets_per_address.saturating_mul(2);
            count(&address.sessions, most)?;
        }
        Ok(Arc::new(CountedConnection(address)))
    }

    /// The address of a socket by its request, if it is counted.
    pub(super) fn of(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        limits: &Limits,
    ) -> Option<Arc<Address>> {
        match extensions.get::<Arc<CountedConnection>>() {
            Some(session) => session.0.clone(),
            None => self.address(headers, extensions, limits),
        }
    }

    /// The network of a request, as it is counted here; `None` if it is unknown.
    pub(super) fn network_of(&self, request: &Parts, limits: &Limits) -> Option<IpAddr> {
        match self.source(&request.headers, &request.extensions, limits.proxies) {
            AddressKey::Address(network) => Some(network),
            AddressKey::Unknown => None,
        }
    }

    fn address(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        limits: &Limits,
    ) -> Option<Arc<Address>> {
        let source = self.source(headers, extensions, limits.proxies);
        let is_own = matches!(source, AddressKey::Address(address) if address.is_loopback());
        if is_own && limits.proxies == 0 {
            return None;
        }
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        Some(table.find(source, limits))
    }

    /// The address of a request: the `X-Forwarded-For` entry that the outermost trusted proxy has added. If there is no
    /// usable one, the address of the connection: that of the nearest proxy, or of a client that bypasses all of them.
    fn source(&self, headers: &HeaderMap, extensions: &Extensions, proxies: usize) -> AddressKey {
        let forwarded = proxies
            .checked_sub(1)
            .map(|before| forwarded_for(headers, before));
        if let Some(Some(address)) = forwarded {
            return AddressKey::Address(network(address));
        }
        if forwarded.is_some() && !self.not_forwarded.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                proxies,
                "a request has no usable `X-Forwarded-For`, so that it counts for the address of its connection; \
                 have the proxy add that header, or correct `Limits::proxies`"
            );
        }
        let is_ignored = proxies == 0 && headers.contains_key(FORWARDED_FOR);
        if is_ignored && !self.not_trusted.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a request has an `X-Forwarded-For`, which is ignored; if a proxy of yours adds it, say so in \
                 `Limits::proxies`: otherwise all clients count as one address, or for none if the proxy is on this machine"
            );
        }
        if let Some(peer) = extensions.get::<ConnectInfo<SocketAddr>>() {
            return AddressKey::Address(network(peer.0.ip()));
        }
        if !self.unknown.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the server does not know the addresses of its clients, so that all of them share the limits of one; \
                 run it by `rowcast_runtime::serve::Sockets::serve`, or by axum's `into_make_service_with_connect_info::<SocketAddr>()`"
            );
        }
        AddressKey::Unknown
    }
}

impl AddressTable {
    fn find(&mut self, source: AddressKey, limits: &Limits) -> Arc<Address> {
        if let Some(known) = self.addresses.get(&source) {
            return known.clone();
        }
        if self.addresses.len() >= self.prune_at {
            self.addresses
                .retain(|_, address| !address.is_forgettable());
            self.prune_at = 2 * self.addresses.len() + 16;
        }
        let new = Arc::new(Address::new(limits));
        self.addresses.insert(source, new.clone());
        new
    }
}

impl Address {
    fn new(limits: &Limits) -> Self {
        let rate_limit = limits.calls_per_second_per_address;
        Self {
            rate_limit: RateLimit::new(rate_limit, rate_limit),
            sessions: AtomicUsize::new(0),
            sockets: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            limits: *limits,
            last_release: Mutex::new(Instant::now()),
        }
    }

    /// Counts a socket, if the address may have another.
    pub(super) fn admit(self: &Arc<Self>) -> Result<SocketSlot, TooMany> {
        count(&self.sockets, self.limits.sockets_per_address)?;
        Ok(SocketSlot(self.clone()))
    }

    /// Waits until another call of the address may be answered.
    pub(super) async fn until_within_rate(&self) {
        self.rate_limit.wait().await;
    }

    /// Counts a received call. Also returns whether the address has room for it.
    pub(super) fn count_call(self: &Arc<Self>, bytes: usize) -> (CallSlot, Room) {
        let calls = self.in_flight.fetch_add(1, Ordering::Relaxed);
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let most = self.limits.max_waiting_bytes_per_address;
        let room = if before > 0 && before.saturating_add(bytes) > most {
            match bytes > SMALL {
                true => Room::None,
                false => Room::ForFirst,
            }
        } else if calls >= self.limits.max_in_flight_per_address {
            Room::ForFirst
        } else {
            Room::Enough
        };
        let address = self.clone();
        (CallSlot { address, bytes }, room)
    }

    /// Whether the address may be forgotten: a client that reconnects at once finds its limits as it left them.
    fn is_forgettable(self: &Arc<Self>) -> bool {
        let last_release = self.last_release.lock();
        let last_release = *last_release.unwrap_or_else(PoisonError::into_inner);
        Arc::strong_count(self) == 1 && last_release.elapsed() > KEEP_UNUSED
    }

    fn release(&self, counted: &AtomicUsize) {
        counted.fetch_sub(1, Ordering::Relaxed);
        let last_release = self.last_release.lock();
        *last_release.unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// Counts one more, unless `most` is reached.
fn count(counted: &AtomicUsize, most: usize) -> Result<(), TooMany> {
    let more = |count: usize| (count < most).then_some(count + 1);
    let counted = counted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    counted.map(|_| ()).map_err(|_| TooMany)
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        if let Some(address) = &self.0 {
            address.release(&address.sessions);
        }
    }
}

impl Drop for SocketSlot {
    fn drop(&mut self) {
        self.0.release(&self.0.sockets);
    }
}

impl Drop for CallSlot {
    fn drop(&mut self) {
        self.address.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.address.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("sessions", &self.sessions)
            .field("sockets", &self.sockets)
            .field("in_flight", &self.in_flight)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// The entry that is followed by `before` others. Clients can put anything before the entries of the proxies.
fn forwarded_for(headers: &HeaderMap, before: usize) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
    let mut entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    read_address(entries.nth(before)?)
}

/// Parses `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` and `[::1]:80`.
fn read_address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = || {
        text.strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<Ipv6Addr>()
            .ok()
    };
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    let address = text.parse().ok();
    address
        .or_else(|| bare().map(IpAddr::V6))
        .or_else(with_port)
}

#[cfg(test)]
mod tests;
