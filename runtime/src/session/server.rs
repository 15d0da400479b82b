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

/// How long after a change synced sockets hear again where a list is; see [`Server::heartbeat`].
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often the server looks whether it was closed.
const LOOK: Duration = Duration::from_millis(500);
/// How often the guard is asked again what each socket may watch; see [`Server::review`].
const REVIEW: Duration = Duration::from_secs(1);

/// A server before it is attached to Socket.IO: its calls, its live lists, its guard.
pub struct Server(Core);

impl Server {
    /// A server that lets everybody do what the schema declares, and read the rest. `lists` are in the order in which
    /// `refresh` sends them.
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

    /// Refuses clients of contracts that this server does not serve; see [`Contract`].
    pub fn contract(mut self, contract: Contract) -> Self {
        self.0.contract = Some(contract);
        self
    }

    /// Asks this guard before every call.
    pub fn guard(mut self, guard: impl Guard) -> Self {
        self.0.guard = Box::new(guard);
        self
    }

    /// Lets clients ask for more or less; see [`Limits`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.0.limits = limits;
        self
    }

    /// Tells synced sockets about so often (give or take a half) where a list is that changed within the last minute or so,
    /// so that one that missed the latest changes notices; every five seconds if not said.
    pub fn heartbeat(mut self, pause: Duration) -> Self {
        self.0.heartbeat = pause;
        self
    }

    /// Asks the guard so often whether each socket may still watch the lists, and with which scopes; every second if not
    /// said. At each call it is asked anyway.
    pub fn review(mut self, pause: Duration) -> Self {
        self.0.review = pause;
        self
    }

    /// Lets calls that are under way take so long when the server is told to stop, before they are cut off; ten seconds if not
    /// said. See [`Sockets::serve`](crate::serve::Sockets::serve).
    pub fn grace(mut self, grace: Duration) -> Self {
        self.0.grace = Some(grace);
        self
    }

    /// Answers the sockets of the default namespace, and starts to tell them what changes.
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
        tokio::spawn(keep(core, io.clone()));
        namespace
    }
}

/// Holds the core until the namespace is closed. Nothing tells when that happens, so it has to look.
async fn keep<A: Adapter>(core: Arc<Core>, io: SocketIo<A>) {
    let is_open = || io.of("/").is_some();
    // With a remote adapter, the namespace opens later.
    while !is_open() {
        tokio::time::sleep(LOOK).await;
    }
    while is_open() {
        tokio::time::sleep(LOOK).await;
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
