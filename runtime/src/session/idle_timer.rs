//! How long a socket has been there, and what it may not outstay.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::address::{Address, CallOf, Room, SocketOf};
use crate::rpc::Limits;

/// Since when a socket is there, and what it has done last.
#[derive(Debug)]
pub(super) struct IdleTimer {
    address: Option<Arc<Address>>,
    /// Until it is disconnected; its calls may take longer than that.
    counted: Mutex<Option<SocketOf>>,
    since: Instant,
    /// Milliseconds after that.
    last_call: AtomicU64,
    /// Milliseconds after that, when it was known last to be signed in.
    signed_in: AtomicU64,
}

/// What a socket is told before its connection is ended.
const DISCONNECTED: &str = "disconnected";

/// Why a socket may not stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Unauthenticated,
    Idle,
    /// It sends without end.
    Flooding,
}

impl IdleTimer {
    pub(super) fn new(address: Option<Arc<Address>>, counted: Option<SocketOf>) -> Self {
        Self {
            address,
            counted: Mutex::new(counted),
            since: Instant::now(),
            last_call: AtomicU64::new(0),
            signed_in: AtomicU64::new(0),
        }
    }

    /// A call has come.
    pub(super) fn calls(&self) {
        self.note(&self.last_call);
    }

    /// A call has come with so many bytes; gives whether its address may have one more under way, if that is counted.
    pub(super) fn enter(&self, bytes: usize) -> (Option<CallOf>, Room) {
        match &self.address {
            Some(address) => {
                let (call, room) = address.enter(bytes);
                (Some(call), room)
            }
            None => (None, Room::Enough),
        }
    }

    /// It is disconnected, and no socket of its address any more.
    pub(super) fn leave(&self) {
        let counted = self.counted.lock();
        counted.unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Waits until another call of the address may be answered.
    pub(super) async fn paced(&self) {
        if let Some(address) = &self.address {
            address.paced().await;
        }
    }

    /// Whether it has to go. One that waits for answers is not idle.
    pub(super) fn outstayed(
        &self,
        limits: &Limits,
        is_at_work: bool,
        is_signed_in: impl FnOnce() -> bool,
    ) -> Option<Reason> {
        if is_at_work {
            self.calls();
        }
        if limits.unauthenticated_time.is_some() && is_signed_in() {
            self.note(&self.signed_in);
        }
        let since = |noted: &AtomicU64| {
            let noted = Duration::from_millis(noted.load(Ordering::Relaxed));
            self.since.elapsed().saturating_sub(noted)
        };
        let exceeds =
            |limit: Option<Duration>, noted| limit.is_some_and(|limit| since(noted) > limit);
        if exceeds(limits.unauthenticated_time, &self.signed_in) {
            return Some(Reason::Unauthenticated);
        }
        exceeds(limits.idle_time, &self.last_call).then_some(Reason::Idle)
    }

    fn note(&self, at: &AtomicU64) {
        let passed = self.since.elapsed().as_millis();
        at.store(u64::try_from(passed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Reason {
    fn code(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Idle => "idle",
            Self::Flooding => "busy",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Unauthenticated => "please sign in first",
            Self::Idle => "nothing was asked for a long time",
            Self::Flooding => "too many calls",
        }
    }
}

/// Ends a connection, and says why before. While its buffer is full that can't be done; then the next ping fails.
pub(super) fn disconnect_because<A: Adapter>(socket: &SocketRef<A>, reason: Reason) {
    let told = serde_json::json!({ "code": reason.code(), "message": reason.message() });
    // Who does not read is sent away without.
    let _ = socket.emit(DISCONNECTED, &told);
    if socket.clone().disconnect().is_ok() {
        tracing::info!(socket = %socket.id, reason = reason.message(), "a socket was sent away");
    }
}
