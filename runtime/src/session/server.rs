//! Ties calls, live lists and the guard to a Socket.IO server.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use socketioxide::SocketIo;
use socketioxide::adapter::Adapter;
use socketioxide_core::adapter::DefinedAdapter;

use super::closing::Closing;
use super::connect::connect;
use super::contract::Contract;
use super::core::Core;
use super::permissions;
use super::sink::LocalSockets;
use crate::live::{self, Lists, LiveList};
use crate::metrics;
use crate::rpc::{Declared, Guard, Limits, Router};
use crate::store::ChangeLog;

/// The interval of heartbeats after a change; see [`Server::heartbeat`].
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often the server checks whether it was closed.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// How often the guard checks what each socket may watch; see [`Server::review`].
const REVIEW: Duration = Duration::from_secs(1);

/// A server before it is attached to Socket.IO: its calls, its live lists, its guard.
pub struct Server(Core);

impl Server {
    /// A server on which every caller may do what the schema declares, and read where it declares nothing. `lists` are
    /// in the order in which `refresh` sends them.
    pub fn new(router: Router, change_log: Arc<ChangeLog>, lists: Vec<LiveList>) -> Self {
        let lists = Arc::new(Lists::new(change_log, lists));
        Self(Core {
            scopes: lists.scopes(),
            owners: router.owners(),
            router,
            lists,
            guard: Box::new(Declared),
            limits: Limits::default(),
            contract: None,
            heartbeat: HEARTBEAT,
            review: REVIEW,
            grace: None,
            closing: Arc::new(Closing::new()),
        })
    }

    /// Rejects clients of contracts that this server does not serve; see [`Contract`].
    pub fn contract(mut self, contract: Contract) -> Self {
        self.0.contract = Some(contract);
        self
    }

    /// Sets the guard that is called before every call.
    pub fn guard(mut self, guard: impl Guard) -> Self {
        self.0.guard = Box::new(guard);
        self
    }

    /// Sets the limits of clients; see [`Limits`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.0.limits = limits;
        self
    }

    /// Sets the interval (plus or minus a half) at which synced sockets are sent the position of a list that changed
    /// within the last minute or so, so that one that missed the latest changes notices; five seconds by default.
    pub fn heartbeat(mut self, pause: Duration) -> Self {
        self.0.heartbeat = pause;
        self
    }

    /// Sets the interval at which the guard checks whether each socket may still watch the lists, and with which
    /// scopes; one second by default. It is checked at each call anyway.
    pub fn review(mut self, pause: Duration) -> Self {
        self.0.review = pause;
        self
    }

    /// Sets how long calls in flight may take at shutdown before they are cut off; ten seconds by default. See
    /// [`Sockets::serve`](crate::serve::Sockets::serve).
    pub fn grace(mut self, grace: Duration) -> Self {
        self.0.grace = Some(grace);
        self
    }

    /// Answers the sockets of the default namespace, and starts to send them changes.
    pub(crate) fn attach_to<A: Adapter + DefinedAdapter>(
        mut self,
        io: &SocketIo<A>,
        closing: Arc<Closing>,
    ) -> A::InitRes {
        self.0.closing = closing;
        if let Some(grace) = self.0.grace {
            self.0.closing.set_grace(grace);
        }
        let _ = self.0.closing.limits.set(self.0.limits);
        let core = Arc::new(self.0);
        metrics::describe();
        let sockets = Arc::new(LocalSockets(io.clone()));
        live::start(&core.lists, &sockets, core.heartbeat);
        let namespace = io.ns("/", connect::<A>(Arc::downgrade(&core)));
        tokio::spawn(review(Arc::downgrade(&core), io.clone()));
        tokio::spawn(hold_until_closed(core, io.clone()));
        namespace
    }
}

/// Holds the core until the namespace is closed. That is polled, since it is not signalled.
async fn hold_until_closed<A: Adapter>(core: Arc<Core>, io: SocketIo<A>) {
    let is_open = || io.of("/").is_some();
    // With a remote adapter, the namespace opens later.
    while !is_open() {
        tokio::time::sleep(CHECK_INTERVAL).await;
    }
    while is_open() {
        tokio::time::sleep(CHECK_INTERVAL).await;
    }
    drop(core);
}

async fn review<A: Adapter>(core: Weak<Core>, io: SocketIo<A>) {
    while let Some(pause) = core.upgrade().map(|core| core.review) {
        tokio::time::sleep(pause).await;
        if let Some(core) = core.upgrade() {
            permissions::review(&core, &io).await;
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("router", &self.0.router)
            .field("lists", &self.0.lists)
            .finish_non_exhaustive()
    }
}
