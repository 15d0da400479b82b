//! The end of a server: calls that are under way are finished, others are not begun.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use metrics::{Gauge, gauge};
use socketioxide::adapter::Adapter;
use socketioxide::{SocketIo, TransportType};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::address::Addresses;
use crate::metrics::CALLS_IN_FLIGHT;
use crate::rpc::Limits;

/// How long calls that are under way may take, if not said otherwise. Service managers wait for 30 seconds and more.
const GRACE: Duration = Duration::from_secs(10);
/// Clients that poll fetch the last acks with a request of their own.
const FETCH: Duration = Duration::from_millis(200);
/// How long connections may take to close; one whose client reads nothing never does.
const CLOSE: Duration = Duration::from_secs(2);
/// Longer than clients may be connected without a namespace; then Socket.IO closes the connection, and they try again.
const HOLD: Duration = Duration::from_secs(60);

/// What the parts of one server share: the calls that are under way, whether it takes others, and where clients come from.
pub(crate) struct Closing {
    begun: AtomicBool,
    calls: AtomicUsize,
    idle: Notify,
    grace: Mutex<Duration>,
    /// With the recorder that is there when the first call comes.
    measured: OnceLock<Gauge>,
    /// Where clients come from.
    pub(crate) addresses: Arc<Addresses>,
    /// How much clients may ask for; the first that says so counts.
    pub(crate) limits: Arc<OnceLock<Limits>>,
}

/// A call that is under way, for as long as this lives.
pub(crate) struct InFlight(Arc<Closing>);

impl Closing {
    /// That of a server that has just begun.
    pub(crate) fn new() -> Self {
        Self {
            begun: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
            idle: Notify::new(),
            grace: Mutex::new(GRACE),
            measured: OnceLock::new(),
            addresses: Arc::default(),
            limits: Arc::default(),
        }
    }

    pub(crate) fn set_grace(&self, grace: Duration) {
        *self.grace.lock().unwrap_or_else(PoisonError::into_inner) = grace;
    }

    fn measured(&self) -> &Gauge {
        self.measured.get_or_init(|| gauge!(CALLS_IN_FLIGHT))
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(SeqCst)
    }

    /// A call has come; nothing if it is too late for it.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<InFlight> {
        // Counted before the look: so whoever closes sees this call, or is seen here.
        self.calls.fetch_add(1, SeqCst);
        self.measured().increment(1);
        let call = InFlight(self.clone());
        (!self.has_begun()).then_some(call)
    }

    /// Keeps a client waiting that connects too late. It connects again when the connection breaks, and that may be to the
    /// next server; had it been refused, a plain client would never try again.
    pub(crate) async fn hold() {
        sleep(HOLD).await;
    }

    /// Lets the calls that are under way finish, and then closes all connections, which tells the clients.
    pub(crate) async fn close<A: Adapter>(&self, io: &SocketIo<A>) {
        self.begun.store(true, SeqCst);
        tracing::info!(calls = self.calls.load(SeqCst), "the server is closing");
        let grace = *self.grace.lock().unwrap_or_else(PoisonError::into_inner);
        if timeout(grace, self.until_idle()).await.is_err() {
            let calls = self.calls.load(SeqCst);
            tracing::warn!(calls, "calls are cut off that took too long");
        }
        if is_polled(io) {
            sleep(FETCH).await;
        }
        if timeout(CLOSE, io.close()).await.is_err() {
            tracing::warn!("connections are cut off whose clients do not read");
        }
    }

    async fn until_idle(&self) {
        loop {
            // Whoever is notified from here on is heard of below.
            let notified = self.idle.notified();
            if self.calls.load(SeqCst) == 0 {
                return;
            }
            notified.await;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.measured().decrement(1);
        if self.0.calls.fetch_sub(1, SeqCst) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}

impl std::fmt::Debug for InFlight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InFlight")
    }
}

fn is_polled<A: Adapter>(io: &SocketIo<A>) -> bool {
    let sockets = io.of("/").map(|all| all.local().sockets());
    let mut sockets = sockets.into_iter().flatten();
    sockets.any(|socket| socket.transport_type() == TransportType::Polling)
}
