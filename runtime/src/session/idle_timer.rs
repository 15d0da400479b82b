//! How long a socket has been connected and idle, and the limits of both.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::address::{Address, CallSlot, Room, SocketSlot};
use crate::rpc::Limits;

/// When a socket connected, and when it was last active.
#[derive(Debug)]
pub(super) struct IdleTimer {
    address: Option<Arc<Address>>,
    /// Until it is disconnected; its calls may take longer than that.
    slot: Mutex<Option<SocketSlot>>,
    connected_at: Instant,
    /// Milliseconds after `since`.
    last_call: AtomicU64,
    /// Milliseconds after `since` at which it was last found to be signed in.
    signed_in: AtomicU64,
}

/// The event that is sent to a socket before its connection is ended.
const DISCONNECTED: &str = "disconnected";

/// Why a socket is disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DisconnectReason {
    Unauthenticated,
    Idle,
    /// It sends without end.
    Flooding,
}

impl IdleTimer {
    pub(super) fn new(address: Option<Arc<Address>>, slot: Option<SocketSlot>) -> Self {
        Self {
            address,
            slot: Mutex::new(slot),
            connected_at: Instant::now(),
            last_call: AtomicU64::new(0),
            signed_in: AtomicU64::new(0),
        }
    }

    /// Records a call.
    pub(super) fn record_call(&self) {
        self.record(&self.last_call);
    }

    /// Counts a received call of this size; returns whether its address may have one more, if that is slot.
    pub(super) fn count_call(&self, bytes: usize) -> (Option<CallSlot>, Room) {
        match &self.address {
            Some(address) => {
                let (call, room) = address.count_call(bytes);
                (Some(call), room)
            }
            None => (None, Room::Enough),
        }
    }

    /// Removes the disconnected socket from the count of its address.
    pub(super) fn release_socket(&self) {
        let slot = self.slot.lock();
        slot.unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Waits until another call of the address may be answered.
    pub(super) async fn until_within_rate(&self) {
        if let Some(address) = &self.address {
            address.until_within_rate().await;
        }
    }

    /// Whether the socket has to be disconnected. One that waits for answers is not idle.
    pub(super) fn exceeded_limit(
        &self,
        limits: &Limits,
        is_answering: bool,
        is_signed_in: impl FnOnce() -> bool,
    ) -> Option<DisconnectReason> {
        if is_answering {
            self.record_call();
        }
        if limits.unauthenticated_time.is_some() && is_signed_in() {
            self.record(&self.signed_in);
        }
        let since = |recorded: &AtomicU64| {
            let recorded = Duration::from_millis(recorded.load(Ordering::Relaxed));
            self.connected_at.elapsed().saturating_sub(recorded)
        };
        let exceeds =
            |limit: Option<Duration>, recorded| limit.is_some_and(|limit| since(recorded) > limit);
        if exceeds(limits.unauthenticated_time, &self.signed_in) {
            return Some(DisconnectReason::Unauthenticated);
        }
        exceeds(limits.idle_time, &self.last_call).then_some(DisconnectReason::Idle)
    }

    fn record(&self, at: &AtomicU64) {
        let passed = self.connected_at.elapsed().as_millis();
        at.store(u64::try_from(passed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl DisconnectReason {
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

/// Sends the reason and ends a connection. While its buffer is full it can't be ended; then the next ping fails.
pub(super) fn disconnect_with<A: Adapter>(socket: &SocketRef<A>, reason: DisconnectReason) {
    let payload = serde_json::json!({ "code": reason.code(), "message": reason.message() });
    // A client that does not read is disconnected without the reason.
    let _ = socket.emit(DISCONNECTED, &payload);
    if socket.clone().disconnect().is_ok() {
        tracing::info!(socket = %socket.id, reason = reason.message(), "a socket was disconnected");
    }
}
