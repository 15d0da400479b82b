//! Where live lists send what clients see: the sockets of a server, as far as lists need to know them.

use std::time::Duration;

use serde_json::value::RawValue;

use super::subscription::{Following, Subscription};

/// One client. Clones are of the same client.
pub(crate) trait Sink: Clone + Send + Sync + 'static {
    /// What it follows.
    fn subscription(&self) -> &Subscription;

    /// Whether it is still there.
    fn is_connected(&self) -> bool;

    /// Puts it into a room.
    fn join(&self, room: &str);

    /// Takes it out of a room.
    fn leave(&self, room: &str);

    /// Changes what it follows and moves it to the rooms that follow from that; gives what it followed before.
    fn change(&self, change: impl FnOnce(&mut Following)) -> Following {
        let subscription = self.subscription();
        subscription.change(change, |room| self.leave(room), |room| self.join(room))
    }

    /// Sends it something alone, if there is room for it. To one that is gone, nothing is sent.
    fn send(&self, event: &Event<'_>) -> impl Future<Output = Result<(), Full>> + Send;

    /// Waits until there is room for what was too much, or for a moment: then the caller looks whether the client is still
    /// there. `list` is the index of the list of which that is a whole copy. If it was Socket.IO that had no room, it waits
    /// for `pause`.
    fn until_room(
        &self,
        full: Full,
        list: Option<usize>,
        pause: Duration,
    ) -> impl Future<Output = ()> + Send;

    /// Waits until half of what may be unsent has left. Gives false if it waited for long and has to be asked again.
    fn until_half_sent(&self) -> impl Future<Output = bool> + Send;
}

/// All clients of this server, by the rooms that they are in.
pub(crate) trait Sinks: Send + Sync + 'static {
    /// One of them.
    type Sink: Sink;

    /// Whether there can be any: not before the namespace is open, nor after it was closed.
    fn is_open(&self) -> bool;

    /// Whether none is in a room.
    fn is_empty(&self, room: &str) -> bool;

    /// Sends to all clients in a room that have room for it, in one encoding; gives the others to `lagging`.
    ///
    /// Should Socket.IO's own buffer be full, it does not tell which client missed it: each gets `again` alone then.
    fn send(
        &self,
        room: &str,
        event: &Event<'_>,
        again: &Event<'_>,
        lagging: impl Fn(Self::Sink) + Send + Sync,
    ) -> impl Future<Output = ()> + Send;
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'a> {
    /// The name of the event.
    pub(crate) name: &'a str,
    /// Its one argument.
    pub(crate) data: &'a RawValue,
    /// The index of the list that this is a whole copy of.
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

    /// It is a whole copy of a list.
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
    /// How large it was; nothing if it was Socket.IO's own buffer that had no room.
    pub(crate) bytes: Option<usize>,
}

impl Full {
    /// Socket.IO's own buffer has no room.
    pub(crate) const OF_PACKETS: Self = Self { bytes: None };
}
