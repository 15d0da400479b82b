//! The sockets of a server as live lists use them.

use std::sync::Arc;
use std::time::Duration;

use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;
use socketioxide::operators::BroadcastOperators;
use socketioxide::{BroadcastError, SocketError, SocketIo};

use super::session::Session;
use crate::live::{Event, Full, Sink, Sinks, Subscription};
use crate::rpc::Outgoing;
use crate::session::Size;

/// A connected socket.
pub(crate) struct SocketSink<A: Adapter> {
    pub(crate) socket: SocketRef<A>,
    pub(crate) session: Arc<Session>,
}

impl<A: Adapter> SocketSink<A> {
    pub(crate) fn new(socket: &SocketRef<A>, session: &Arc<Session>) -> Self {
        Self {
            socket: socket.clone(),
            session: session.clone(),
        }
    }

    /// The sink of a socket, unless it is not connected yet.
    pub(crate) fn of(socket: SocketRef<A>) -> Option<Self> {
        let session = Session::of(&socket)?;
        Some(Self { socket, session })
    }
}

impl<A: Adapter> Clone for SocketSink<A> {
    fn clone(&self) -> Self {
        Self::new(&self.socket, &self.session)
    }
}

impl<A: Adapter> Sink for SocketSink<A> {
    fn subscription(&self) -> &Subscription {
        &self.session.subscription
    }

    fn is_connected(&self) -> bool {
        self.socket.connected()
    }

    fn join(&self, room: &str) {
        self.socket.join(room.to_owned());
    }

    fn leave(&self, room: &str) {
        self.socket.leave(room.to_owned());
    }

    /// Not `Socket::emit`: that fails between the moment at which the client is notified that it is connected and the
    /// moment at which the socket itself is, and the client's first call may be received in between.
    async fn send(&self, event: &Event<'_>) -> Result<(), Full> {
        let size = Size::of(event.data);
        let ticket = self.session.outbound.reserve(size, event.whole)?;
        let no_rooms: [&'static str; 0] = [];
        let sent = emit(self.socket.within(no_rooms).local(), event).await;
        if sent.is_err() {
            self.session.outbound.release(ticket);
        }
        sent
    }

    async fn until_room(&self, full: Full, list: Option<usize>, pause: Duration) {
        self.session.outbound.until_room(full, list, pause).await;
    }

    async fn until_half_sent(&self) -> bool {
        self.session.outbound.until_half_sent().await
    }
}

/// All sockets of the default namespace that are connected to this process; none while it is closed.
pub(crate) struct LocalSockets<A: Adapter>(pub(crate) SocketIo<A>);

impl<A: Adapter> LocalSockets<A> {
    fn within(&self, room: &str) -> Option<BroadcastOperators<A>> {
        let all = self.0.of("/")?;
        Some(all.local().within(room.to_owned()))
    }
}

impl<A: Adapter> Sinks for LocalSockets<A> {
    type Sink = SocketSink<A>;

    fn is_open(&self) -> bool {
        self.0.of("/").is_some()
    }

    fn is_empty(&self, room: &str) -> bool {
        self.within(room)
            .is_none_or(|room| room.sockets().is_empty())
    }

    async fn send(
        &self,
        room: &str,
        event: &Event<'_>,
        fallback: &Event<'_>,
        lagging: impl Fn(SocketSink<A>) + Send + Sync,
    ) {
        let Some(within) = self.within(room) else {
            return;
        };
        let size = Size::of(event.data);
        let mut sent = Vec::new();
        for sink in within
            .clone()
            .sockets()
            .into_iter()
            .filter_map(SocketSink::of)
        {
            match sink.session.outbound.reserve(size, event.whole) {
                Ok(ticket) => sent.push((sink, ticket)),
                Err(_) => lagging(sink),
            }
        }
        if sent.is_empty() || emit(within, event).await.is_ok() {
            return;
        }
        for (sink, ticket) in sent {
            sink.session.outbound.release(ticket);
            if sink.send(fallback).await.is_err() {
                lagging(sink);
            }
        }
    }
}

async fn emit<A: Adapter>(to: BroadcastOperators<A>, event: &Event<'_>) -> Result<(), Full> {
    match to.emit(event.name, &Outgoing(event.data)).await {
        Ok(()) => Ok(()),
        Err(BroadcastError::Socket(errors)) if errors.iter().any(is_full) => Err(Full::OF_PACKETS),
        Err(BroadcastError::Socket(_)) => Ok(()),
        Err(error) => {
            tracing::error!(%error, event = event.name, "a list could not be sent");
            Ok(())
        }
    }
}

fn is_full(error: &SocketError) -> bool {
    matches!(error, SocketError::InternalChannelFull)
}
