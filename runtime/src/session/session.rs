//! The state of a connected socket, whatever its adapter.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use socketioxide::TransportType;
use socketioxide::adapter::Adapter;
use socketioxide::socket::Socket;

use super::idle_timer::IdleTimer;
use super::inbox::Inbox;
use super::outbound::Outbound;
use super::read_throttle::ReadThrottle;
use super::transport::throttles_of;
use crate::live::{FieldMask, Subscription};
use crate::rpc::rejection::AckForm;
use crate::rpc::{Caller, Limits};
use crate::store::ScopesByKind;

/// A connected socket: its subscription, its waiting calls, and their caller.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) subscription: Subscription,
    /// The permissions at the last resubscription. Locked while they are resolved, so that an older result never
    /// replaces a newer one.
    pub(super) last_permissions: tokio::sync::Mutex<Option<WatchPermissions>>,
    pub(super) inbox: Inbox,
    pub(super) idle_timer: IdleTimer,
    pub(super) account: SentAccountState,
    /// The packets that were handed to Socket.IO and not sent yet.
    pub(crate) outbound: Arc<Outbound>,
    /// Whether it is in the room of the sockets that events are not sent to.
    is_behind: AtomicBool,
    /// Whether rejections also have the codes of their errors.
    pub(super) has_codes: bool,
    /// Set when reading is throttled first: its websocket, or those that it may have been upgraded to, if it first
    /// polled.
    throttles: OnceLock<Vec<Arc<ReadThrottle>>>,
}

impl Session {
    pub(super) fn new(
        id: String,
        limits: Limits,
        idle_timer: IdleTimer,
        outbound: Arc<Outbound>,
    ) -> Self {
        Self {
            caller: Caller::new(id),
            subscription: Subscription::default(),
            last_permissions: tokio::sync::Mutex::default(),
            inbox: Inbox::new(limits),
            outbound,
            is_behind: AtomicBool::new(false),
            has_codes: false,
            idle_timer,
            account: SentAccountState::default(),
            throttles: OnceLock::new(),
        }
    }

    /// The same with codes beside the texts of errors, or without.
    pub(super) fn with_codes(self, has_codes: bool) -> Self {
        Self { has_codes, ..self }
    }

    /// The form of its acks.
    pub(super) fn ack_form(&self, data_key: &'static str) -> AckForm {
        AckForm {
            data_key,
            has_codes: self.has_codes,
        }
    }

    /// Sets whether events are not sent to it; returns the value before.
    pub(crate) fn set_behind(&self, is_behind: bool) -> bool {
        self.is_behind.swap(is_behind, Ordering::Relaxed)
    }

    /// Stops reading from its websocket, if it has one, until there is room.
    pub(super) fn throttle_reads<A: Adapter>(&self, socket: &Socket<A>) {
        if socket.transport_type() != TransportType::Websocket {
            return;
        }
        let throttles = self
            .throttles
            .get_or_init(|| throttles_of(self.caller.id(), socket.req_parts()));
        for throttle in throttles {
            throttle.close();
        }
        // Calls may have been answered just before.
        self.resume_reads();
    }

    /// Resumes reading, if there is room.
    pub(super) fn resume_reads(&self) {
        if let Some(throttles) = self.throttles.get().filter(|_| self.inbox.has_room()) {
            for throttle in throttles {
                throttle.open();
            }
        }
    }

    /// The session that was attached to the socket when it connected.
    pub(crate) fn of<A: Adapter>(socket: &Socket<A>) -> Option<Arc<Self>> {
        socket.extensions.get()
    }
}

/// What the guard permits a socket to watch: nothing, or some lists with these scopes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WatchPermissions {
    pub(super) watching: bool,
    /// For each list, whether it may be read.
    pub(super) readable: Vec<bool>,
    /// For each list, the fields that are hidden.
    pub(super) mask: Vec<FieldMask>,
    pub(super) scopes: ScopesByKind,
}

impl WatchPermissions {
    pub(super) fn none() -> Self {
        Self {
            watching: false,
            readable: Vec::new(),
            mask: Vec::new(),
            scopes: ScopesByKind::default(),
        }
    }
}

/// The account of a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AccountState {
    /// The account that is signed in; `None` after its session has ended.
    pub(super) account: Option<Arc<str>>,
    /// Whether an account has signed in whose session is not valid any more.
    pub(super) ended: bool,
}

/// The account state that the client was sent last; `None` before the greeting, and for clients that keep no lists.
/// Locked while a state is sent, so that an older state never follows a newer one.
pub(super) type SentAccountState = tokio::sync::Mutex<Option<AccountState>>;
