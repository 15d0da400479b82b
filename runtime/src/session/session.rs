//! What the server knows of a connected socket, whatever its adapter.

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

/// A connected socket: what it follows, its waiting calls, and who makes them.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) subscription: Subscription,
    /// What was decided last about where the socket belongs. Held while that is found out, so that an older answer never
    /// replaces a newer one.
    pub(super) placing: tokio::sync::Mutex<Option<Permitted>>,
    pub(super) inbox: Inbox,
    pub(super) idle_timer: IdleTimer,
    pub(super) account: Known,
    /// What was sent to it and has not left yet.
    pub(crate) outbound: Arc<Outbound>,
    /// Whether it is in the room of those that events are not sent to.
    is_behind: AtomicBool,
    /// Whether refused calls are answered with the codes of their errors too.
    pub(super) has_codes: bool,
    /// Its websocket, once that was to be held back; those that it may have moved to, if it first polled.
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
            placing: tokio::sync::Mutex::default(),
            inbox: Inbox::new(limits),
            outbound,
            is_behind: AtomicBool::new(false),
            has_codes: false,
            idle_timer,
            account: Known::default(),
            throttles: OnceLock::new(),
        }
    }

    /// The same with codes beside the texts of errors, or without.
    pub(super) fn with_codes(self, has_codes: bool) -> Self {
        Self { has_codes, ..self }
    }

    /// The form of an ack to it.
    pub(super) fn ack_form(&self, data_key: &'static str) -> AckForm {
        AckForm {
            data_key,
            has_codes: self.has_codes,
        }
    }

    /// Notes whether events are not sent to it; gives what was noted before.
    pub(crate) fn set_behind(&self, is_behind: bool) -> bool {
        self.is_behind.swap(is_behind, Ordering::Relaxed)
    }

    /// Reads nothing more of what it sends, if it has a websocket, until there is room for it.
    pub(super) fn hold_back<A: Adapter>(&self, socket: &Socket<A>) {
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
        self.let_send();
    }

    /// Reads on, if there is room.
    pub(super) fn let_send(&self) {
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

/// What the guard lets a socket watch: nothing, or some lists with these scopes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Permitted {
    pub(super) watching: bool,
    /// For each list whether it may be read.
    pub(super) readable: Vec<bool>,
    /// For each list which fields are not seen.
    pub(super) mask: Vec<FieldMask>,
    pub(super) scopes: ScopesByKind,
}

impl Permitted {
    pub(super) fn nothing() -> Self {
        Self {
            watching: false,
            readable: Vec::new(),
            mask: Vec::new(),
            scopes: ScopesByKind::default(),
        }
    }
}

/// A socket's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AccountState {
    /// The account that is signed in; none after its session has ended.
    pub(super) account: Option<Arc<str>>,
    /// Whether an account has signed in whose session does not count any more.
    pub(super) ended: bool,
}

/// The session as the client knows it; none as long as it was not greeted, and for clients that keep no lists. Held while
/// something is sent about it, so that an older state never follows a newer one.
pub(super) type Known = tokio::sync::Mutex<Option<AccountState>>;
