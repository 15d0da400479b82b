//! Where sockets come from: how many of an address there are, and how much its calls may ask for.

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
use crate::session::Pace;

const FORWARDED_FOR: &str = "x-forwarded-for";
/// How long an address is remembered that has left: longer than its pace takes to forget what it has asked for.
const REMEMBERED: Duration = Duration::from_secs(3);
/// A payload that is so small is taken however much waits, if its socket has nothing waiting.
const SMALL: usize = 64 * 1024;

/// The addresses that clients are connected from.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    known: Mutex<Known>,
    /// So that each is said once.
    unknown: AtomicBool,
    not_forwarded: AtomicBool,
    not_trusted: AtomicBool,
}

#[derive(Debug, Default)]
struct Known {
    addresses: HashMap<Source, Arc<Address>>,
    /// With so many, those are looked for that have left.
    look_at: usize,
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Address(IpAddr),
    /// All clients whose address nothing tells.
    Unknown,
}

/// An address that clients are connected from, and what they have in common.
pub(crate) struct Address {
    pace: Pace,
    sessions: AtomicUsize,
    sockets: AtomicUsize,
    /// Calls that wait or are being answered.
    in_flight: AtomicUsize,
    /// Bytes of their payloads.
    bytes: AtomicUsize,
    limits: Limits,
    last_left: Mutex<Instant>,
}

/// A connection of an address that is or may become a socket, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Session(Option<Arc<Address>>);

/// A socket of an address, for as long as this lives.
#[derive(Debug)]
pub(super) struct SocketOf(Arc<Address>);

/// A call of an address that is under way, for as long as this lives.
#[derive(Debug)]
pub(super) struct CallOf {
    address: Arc<Address>,
    bytes: usize,
}

/// Whether an address may have another call under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// If its socket has nothing waiting.
    ForFirst,
    None,
}

/// More sockets of an address than may be.
#[derive(Debug)]
pub(crate) struct Crowded;

impl Addresses {
    /// A client begins to connect. Nothing is counted of this machine's, unless proxies stand before the server.
    pub(crate) fn open(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        limits: &Limits,
    ) -> Result<Arc<Session>, Crowded> {
        let address = self.address(headers, extensions, limits);
        if let Some(address) = &address {
            let most = limits.sockets_per_address.saturating_mul(2);
            count(&address.sessions, most)?;
        }
        Ok(Arc::new(Session(address)))
    }

    /// Where a socket comes from that was asked for by such a request, if it is counted.
    pub(super) fn of(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        limits: &Limits,
    ) -> Option<Arc<Address>> {
        match extensions.get::<Arc<Session>>() {
            Some(session) => session.0.clone(),
            None => self.address(headers, extensions, limits),
        }
    }

    /// The network that a request comes from, as it is counted here; none if nothing tells it.
    pub(super) fn network_of(&self, request: &Parts, limits: &Limits) -> Option<IpAddr> {
        match self.source(&request.headers, &request.extensions, limits.proxies) {
            Source::Address(network) => Some(network),
            Source::Unknown => None,
        }
    }

    fn address(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        limits: &Limits,
    ) -> Option<Arc<Address>> {
        let source = self.source(headers, extensions, limits.proxies);
        let is_own = matches!(source, Source::Address(address) if address.is_loopback());
        if is_own && limits.proxies == 0 {
            return None;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Some(known.find(source, limits))
    }

    /// The address that a request comes from: of `X-Forwarded-For` what the outermost proxy that is trusted has added. If
    /// that can't be used, the connection's own: that of the nearest proxy, or of a client that goes round all of them.
    fn source(&self, headers: &HeaderMap, extensions: &Extensions, proxies: usize) -> Source {
        let forwarded = proxies
            .checked_sub(1)
            .map(|before| forwarded_for(headers, before));
        if let Some(Some(address)) = forwarded {
            return Source::Address(network(address));
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
            return Source::Address(network(peer.0.ip()));
        }
        if !self.unknown.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the server does not know the addresses of its clients, so that all of them share the limits of one; \
                 run it by `rowcast_runtime::serve::Sockets::serve`, or by axum's `into_make_service_with_connect_info::<SocketAddr>()`"
            );
        }
        Source::Unknown
    }
}

impl Known {
    fn find(&mut self, source: Source, limits: &Limits) -> Arc<Address> {
        if let Some(known) = self.addresses.get(&source) {
            return known.clone();
        }
        if self.addresses.len() >= self.look_at {
            self.addresses.retain(|_, address| !address.has_left());
            self.look_at = 2 * self.addresses.len() + 16;
        }
        let new = Arc::new(Address::new(limits));
        self.addresses.insert(source, new.clone());
        new
    }
}

impl Address {
    fn new(limits: &Limits) -> Self {
        let pace = limits.calls_per_second_per_address;
        Self {
            pace: Pace::new(pace, pace),
            sessions: AtomicUsize::new(0),
            sockets: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            limits: *limits,
            last_left: Mutex::new(Instant::now()),
        }
    }

    /// Lets a socket in.
    pub(super) fn admit(self: &Arc<Self>) -> Result<SocketOf, Crowded> {
        count(&self.sockets, self.limits.sockets_per_address)?;
        Ok(SocketOf(self.clone()))
    }

    /// Waits until another call of the address may be answered.
    pub(super) async fn paced(&self) {
        self.pace.wait().await;
    }

    /// A call has come. Gives whether there is room for it among those of the address, too.
    pub(super) fn enter(self: &Arc<Self>, bytes: usize) -> (CallOf, Room) {
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
        (CallOf { address, bytes }, room)
    }

    /// Whether it may be forgotten: a client that comes back at once finds what it has used up.
    fn has_left(self: &Arc<Self>) -> bool {
        let last_left = self.last_left.lock();
        let last_left = *last_left.unwrap_or_else(PoisonError::into_inner);
        Arc::strong_count(self) == 1 && last_left.elapsed() > REMEMBERED
    }

    fn leave(&self, counted: &AtomicUsize) {
        counted.fetch_sub(1, Ordering::Relaxed);
        let last_left = self.last_left.lock();
        *last_left.unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// Counts one more, unless there are as many as may be.
fn count(counted: &AtomicUsize, most: usize) -> Result<(), Crowded> {
    let more = |count: usize| (count < most).then_some(count + 1);
    let counted = counted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    counted.map(|_| ()).map_err(|_| Crowded)
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(address) = &self.0 {
            address.leave(&address.sessions);
        }
    }
}

impl Drop for SocketOf {
    fn drop(&mut self) {
        self.0.leave(&self.0.sockets);
    }
}

impl Drop for CallOf {
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

/// What a proxy has added that is followed by so many. Clients can put anything before that.
fn forwarded_for(headers: &HeaderMap, before: usize) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
    let mut entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    read_address(entries.nth(before)?)
}

/// Reads `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` and `[::1]:80`.
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
