//! The shutdown of a server: calls in flight are finished, further ones are rejected.

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

/// How long calls in flight may take by default. Service managers wait for 30 seconds and more.
const GRACE: Duration = Duration::from_secs(10);
/// Clients that poll fetch the last acks with a request of their own.
const LAST_POLL_TIME: Duration = Duration::from_millis(200);
/// How long connections may take to close; one whose client reads nothing never closes.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Longer than clients may be connected without a namespace; then Socket.IO closes the connection, and they retry.
const HOLD_TIME: Duration = Duration::from_secs(60);

/// State that the parts of one server share: the calls in flight, whether further ones are accepted, and the addresses
/// of clients.
pub(crate) struct Closing {
    begun: AtomicBool,
    calls: AtomicUsize,
    idle: Notify,
    grace: Mutex<Duration>,
    /// With the recorder that is set when the first call comes.
    gauge: OnceLock<Gauge>,
    /// The addresses of clients.
    pub(crate) addresses: Arc<Addresses>,
    /// The limits of clients; the first server that sets them counts.
    pub(crate) limits: Arc<OnceLock<Limits>>,
}

/// A call is in flight for as long as this lives.
pub(crate) struct InFlight(Arc<Closing>);

impl Closing {
    /// The state of a server that has just started.
    pub(crate) fn new() -> Self {
        Self {
            begun: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
            idle: Notify::new(),
            grace: Mutex::new(GRACE),
            gauge: OnceLock::new(),
            addresses: Arc::default(),
            limits: Arc::default(),
        }
    }

    pub(crate) fn set_grace(&self, grace: Duration) {
        *self.grace.lock().unwrap_or_else(PoisonError::into_inner) = grace;
    }

    fn gauge(&self) -> &Gauge {
        self.gauge.get_or_init(|| gauge!(CALLS_IN_FLIGHT))
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(SeqCst)
    }

    /// Counts a received call; `None` if the server is closing.
    pub(crate) fn begin_call(self: &Arc<Self>) -> Option<InFlight> {
        // Counted before the check: so either `close` sees this call, or this sees `close`.
        self.calls.fetch_add(1, SeqCst);
        self.gauge().increment(1);
        let call = InFlight(self.clone());
        (!self.has_begun()).then_some(call)
    }

    /// Delays a client that connects too late. It reconnects when the connection breaks, and possibly to the next
    /// server; a plain client that was rejected would never retry.
    pub(crate) async fn hold() {
        sleep(HOLD_TIME).await;
    }

    /// Lets the calls in flight finish, and then closes all connections, which notifies the clients.
    pub(crate) async fn close<A: Adapter>(&self, io: &SocketIo<A>) {
        self.begun.store(true, SeqCst);
        tracing::info!(calls = self.calls.load(SeqCst), "the server is closing");
        let grace = *self.grace.lock().unwrap_or_else(PoisonError::into_inner);
        if timeout(grace, self.until_idle()).await.is_err() {
            let calls = self.calls.load(SeqCst);
            tracing::warn!(calls, "calls are cut off that took too long");
        }
        if is_polled(io) {
            sleep(LAST_POLL_TIME).await;
        }
        if timeout(CLOSE_TIMEOUT, io.close()).await.is_err() {
            tracing::warn!("connections are cut off whose clients do not read");
        }
    }

    async fn until_idle(&self) {
        loop {
            // Registered before the check, so that no notification is missed.
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
        self.0.gauge().decrement(1);
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
