//! What a session knows of the connections that its packets come by.

use std::sync::{Arc, Weak};

use axum::http::request::Parts;

use super::outbound::Outbound;
use super::read_throttle::ReadThrottle;

/// The connections of a server that is run by [`Sockets::serve`](crate::serve::Sockets::serve). Requests have it among their extensions, as
/// [`ByTransport`].
pub(crate) trait Transport: Send + Sync {
    /// What is unsent of a socket, with the request by which it came. Its connections report what they have written: those
    /// that it has, and those that it will have.
    ///
    /// It belongs to the session, not to the socket: a client that leaves and comes back by the same connection has not read
    /// more for it.
    fn outbound_of(&self, socket: &str, request: &Parts) -> Option<Arc<Outbound>>;

    /// What holds the websocket of a socket back, with the request by which the socket came.
    ///
    /// A client that knows the id of a socket can have its connections taken for that socket's; that does no harm but to it.
    fn throttles_of(&self, socket: &str, request: &Parts) -> Vec<Arc<ReadThrottle>>;
}

/// By what a request came. Held weakly: Socket.IO keeps what came with a request as long as the socket, and never frees the
/// sockets of a namespace that was closed with them in it.
#[derive(Clone)]
pub(crate) struct ByTransport(Weak<dyn Transport>);

impl ByTransport {
    pub(crate) fn new<T: Transport + 'static>(transport: &Arc<T>) -> Self {
        let transport = Arc::downgrade(transport);
        Self(transport)
    }

    fn of(request: &Parts) -> Option<Arc<dyn Transport>> {
        request.extensions.get::<Self>()?.0.upgrade()
    }
}

/// What is unsent of a socket; where nothing tells that, there is always room.
pub(super) fn outbound_of(socket: &str, request: &Parts) -> Arc<Outbound> {
    let transport = ByTransport::of(request);
    let outbound = transport.and_then(|transport| transport.outbound_of(socket, request));
    outbound.unwrap_or_else(|| Arc::new(Outbound::unmeasured()))
}

/// What holds the websocket of a socket back, if something does.
pub(super) fn throttles_of(socket: &str, request: &Parts) -> Vec<Arc<ReadThrottle>> {
    let transport = ByTransport::of(request);
    transport.map_or_else(Vec::new, |transport| {
        transport.throttles_of(socket, request)
    })
}
