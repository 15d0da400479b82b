//! Who gets what: the rooms of plain and synced sockets, and sending to one of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::value::RawValue;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;
use socketioxide::operators::BroadcastOperators;
use socketioxide::socket::Socket;
use socketioxide::{BroadcastError, SocketError};

use super::audience::Audience;
use crate::attachments::Outgoing;
use crate::outbound::{Full, Size};
use crate::pipeline::Peer;

/// Sockets that get whole lists.
const PLAIN: &str = "rowcast:plain";

/// The room of the sockets that get whole lists: one for all lists that everybody sees all of, else one each.
pub(super) fn plain(list_with_scopes: Option<&str>, suffix: &str) -> String {
    match list_with_scopes {
        Some(list) => format!("{PLAIN}:{list}{suffix}"),
        None => PLAIN.to_owned(),
    }
}

/// The room of the sockets that get the changes of a list.
pub(super) fn synced(list: &str, suffix: &str) -> String {
    format!("rowcast:synced:{list}{suffix}")
}

/// What decides in which rooms a socket is.
#[derive(Debug, Default)]
pub(crate) struct Place(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    facts: Facts,
    rooms: BTreeSet<String>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Facts {
    /// The guard lets it watch.
    pub(super) watching: bool,
    /// To whom it belongs, for each list. Empty until that is known.
    pub(super) audiences: Arc<[Arc<Audience>]>,
    /// The indexes of the lists that it has called `sync` for; none if it never did.
    pub(super) synced: Option<BTreeSet<usize>>,
    /// Its buffer was full; somebody tries to reach it.
    pub(super) lagging: bool,
    /// The indexes of the lists of which it sees another part than before and has not been sent that yet. Until then it is
    /// sent no changes of them.
    pub(super) unshown: BTreeSet<usize>,
}

impl Facts {
    /// From now on it keeps lists itself: those that it will `sync`.
    pub(crate) fn keep_lists(&mut self) {
        self.synced.get_or_insert_default();
    }

    /// Whether it keeps lists itself.
    pub(crate) fn keeps_lists(&self) -> bool {
        self.synced.is_some()
    }

    /// Whether it is still one of those who see the same part of a list.
    pub(super) fn belongs_to(&self, list: usize, audience: &Arc<Audience>) -> bool {
        self.audiences
            .get(list)
            .is_some_and(|own| Arc::ptr_eq(own, audience))
    }

    /// What it is sent of a list.
    pub(super) fn gets(&self, list: usize) -> Gets {
        match &self.synced {
            _ if !self.watching => Gets::Nothing,
            None => Gets::Whole,
            Some(lists) if lists.contains(&list) => Gets::Changes,
            Some(_) => Gets::Nothing,
        }
    }

    fn rooms(&self) -> BTreeSet<String> {
        if self.lagging {
            return BTreeSet::new();
        }
        let audiences = self.audiences.iter().enumerate();
        audiences
            .filter_map(|(list, audience)| match self.gets(list) {
                Gets::Nothing => None,
                Gets::Whole => Some(audience.plain_room.clone()),
                Gets::Changes if self.unshown.contains(&list) => None,
                Gets::Changes => Some(audience.synced_room.clone()),
            })
            .collect()
    }
}

/// What a socket is sent of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gets {
    Nothing,
    Whole,
    Changes,
}

impl Place {
    pub(crate) fn facts(&self) -> Facts {
        self.lock().facts.clone()
    }

    /// Changes the facts and moves the socket to the rooms that follow from them; gives the facts as they were before.
    pub(crate) fn change<A: Adapter>(
        &self,
        socket: &Socket<A>,
        change: impl FnOnce(&mut Facts),
    ) -> Facts {
        let mut state = self.lock();
        let before = state.facts.clone();
        change(&mut state.facts);
        let rooms = state.facts.rooms();
        for room in state.rooms.difference(&rooms) {
            socket.leave(room.clone());
        }
        for room in rooms.difference(&state.rooms) {
            socket.join(room.clone());
        }
        state.rooms = rooms;
        before
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is sent to sockets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'a> {
    name: &'a str,
    data: &'a RawValue,
    /// The index of the list that this is a whole copy of.
    whole: Option<usize>,
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

/// Sends to one socket, if there is room for it. To one that is gone, nothing is sent.
///
/// Not `Socket::emit`: that refuses between the moment at which the client learns that it is connected and the moment at
/// which the socket itself does, and the client's first call may come in between.
pub(crate) async fn emit_to<A: Adapter>(
    socket: &Socket<A>,
    peer: &Peer,
    event: &Event<'_>,
) -> Result<(), Full> {
    let size = Size::of(event.data);
    let ticket = peer.outbound.enter(size, event.whole)?;
    let nobody_else: [&'static str; 0] = [];
    let sent = emit(socket.within(nobody_else).local(), event).await;
    if sent.is_err() {
        peer.outbound.give_back(ticket);
    }
    sent
}

/// Sends to all sockets of a room that have room for it, in one encoding; gives the others.
///
/// Should Socket.IO's own buffer be full, nobody tells which socket missed it: each gets `again` alone then.
pub(super) async fn emit_to_room<A: Adapter>(
    sockets: &BroadcastOperators<A>,
    room: &str,
    event: &Event<'_>,
    again: &Event<'_>,
    leave_behind: impl Fn(SocketRef<A>),
) {
    let within = || sockets.clone().within(room.to_owned());
    let size = Size::of(event.data);
    let mut told = Vec::new();
    for socket in within().sockets() {
        let peer = Peer::of(&socket);
        match peer.and_then(|peer| Some((peer.outbound.enter(size, event.whole).ok()?, peer))) {
            Some((ticket, peer)) => told.push((socket, peer, ticket)),
            None => leave_behind(socket),
        }
    }
    if told.is_empty() || emit(within(), event).await.is_ok() {
        return;
    }
    for (socket, peer, ticket) in told {
        peer.outbound.give_back(ticket);
        if emit_to(&socket, &peer, again).await.is_err() {
            leave_behind(socket);
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
