//! The interface of a session to the connections that its packets are received on.

use std::sync::{Arc, Weak};

use axum::http::request::Parts;

use super::outbound::Outbound;
use super::read_throttle::ReadThrottle;

/// The connections of a server that is run by [`Sockets::serve`](crate::serve::Sockets::serve). Requests have it among
/// their extensions, as [`ByTransport`].
pub(crate) trait Transport: Send + Sync {
    /// The unsent packets of a socket, by the request that it connected with. Its present and later connections report
    /// what they have written.
    ///
    /// It belongs to the session, not to the socket: a client that disconnects and reconnects on the same connection
    /// has not read more by that.
    fn outbound_of(&self, socket: &str, request: &Parts) -> Option<Arc<Outbound>>;

    /// The read throttles of the websocket of a socket, by the request that it connected with.
    ///
    /// A client that knows the id of a socket can have its own connections attributed to that socket, which harms only
    /// itself.
    fn throttles_of(&self, socket: &str, request: &Parts) -> Vec<Arc<ReadThrottle>>;
}

/// The transport of a request. Held weakly: Socket.IO keeps the extensions of a request as long as the socket, and
/// never frees the sockets of a namespace that was closed with them in it.
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

/// The unsent packets of a socket; without a transport, there is always room.
pub(super) fn outbound_of(socket: &str, request: &Parts) -> Arc<Outbound> {
    let transport = ByTransport::of(request);
    let outbound = transport.and_then(|transport| transport.outbound_of(socket, request));
    outbound.unwrap_or_else(|| Arc::new(Outbound::unmeasured()))
}

/// The read throttles of the websocket of a socket, if it has any.
pub(super) fn throttles_of(socket: &str, request: &Parts) -> Vec<Arc<ReadThrottle>> {
    let transport = ByTransport::of(request);
    transport.map_or_else(Vec::new, |transport| {
        transport.throttles_of(socket, request)
    })
}
