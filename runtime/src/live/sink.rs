//! The interface to the sockets of a server, as far as lists need it.

use std::time::Duration;

use serde_json::value::RawValue;

use super::subscription::{Following, Subscription};

/// One client. Clones represent the same client.
pub(crate) trait Sink: Clone + Send + Sync + 'static {
    /// The subscription of the client.
    fn subscription(&self) -> &Subscription;

    /// Whether it is still connected.
    fn is_connected(&self) -> bool;

    /// Adds it to a room.
    fn join(&self, room: &str);

    /// Removes it from a room.
    fn leave(&self, room: &str);

    /// Changes the subscription and the rooms that follow from it; returns the state before.
    fn change(&self, change: impl FnOnce(&mut Following)) -> Following {
        let subscription = self.subscription();
        subscription.change(change, |room| self.leave(room), |room| self.join(room))
    }

    /// Sends an event to this client only, if there is room for it. Nothing is sent to a disconnected client.
    fn send(&self, event: &Event<'_>) -> impl Future<Output = Result<(), Full>> + Send;

    /// Waits until there is room for the packet that did not fit, or for a moment: then the caller checks whether the
    /// client is still connected. `list` is the index of the list that the packet is a whole copy of. If Socket.IO's
    /// buffer was full, it waits for `pause`.
    fn until_room(
        &self,
        full: Full,
        list: Option<usize>,
        pause: Duration,
    ) -> impl Future<Output = ()> + Send;

    /// Waits until half of the limit of unsent bytes is free. Returns false if it waited for long and has to be called
    /// again.
    fn until_half_sent(&self) -> impl Future<Output = bool> + Send;
}

/// All clients of this server, by their rooms.
pub(crate) trait Sinks: Send + Sync + 'static {
    /// A client.
    type Sink: Sink;

    /// Whether there can be any: not before the namespace is open, nor after it was closed.
    fn is_open(&self) -> bool;

    /// Whether a room has no clients.
    fn is_empty(&self, room: &str) -> bool;

    /// Sends to all clients in a room that have room for it, in one encoding; passes the others to `lagging`.
    ///
    /// When Socket.IO's own buffer is full, Socket.IO does not report which client missed the event: each is then sent
    /// `fallback` alone.
    fn send(
        &self,
        room: &str,
        event: &Event<'_>,
        fallback: &Event<'_>,
        lagging: impl Fn(Self::Sink) + Send + Sync,
    ) -> impl Future<Output = ()> + Send;
}

/// An event to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'a> {
    /// The name of the event.
    pub(crate) name: &'a str,
    /// Its one argument.
    pub(crate) data: &'a RawValue,
    /// The index of the list that the event is a whole copy of.
    pub(crate) whole: Option<usize>,
}

impl<'a> Event<'a> {
    pub(crate) fn new(name: &'a str, data: &'a RawValue) -> Self {
        Self {
            name,
            data,
            whole: None,
        }
    }

    /// Marks the event as a whole copy of a list.
    pub(super) fn whole(self, list: usize) -> Self {
        Self {
            whole: Some(list),
            ..self
        }
    }
}

/// There is no room for a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full {
    /// The size of the packet; `None` if Socket.IO's own buffer was full.
    pub(crate) bytes: Option<usize>,
}

impl Full {
    /// Socket.IO's own buffer is full.
    pub(crate) const OF_PACKETS: Self = Self { bytes: None };
}
