//! Where a socket belongs, and what it is sent when that changes.

use std::sync::Arc;

use rowcast_schema::Position;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;
use socketioxide::socket::Socket;

use super::audience::Audience;
use super::changes::News;
use super::list::LiveList;
use super::lists::Lists;
use super::missed::{MAX_TRIES, Missed};
use super::rooms::{Event, Facts, Gets};
use super::{catch_up, rooms};
use crate::app::Core;
use crate::outbound::Full;
use crate::pipeline::Peer;
use crate::store::{ListId, StoreError};

/// Lets a socket watch what these audiences see, one for each list, or nothing.
///
/// When this is done, nothing more is sent that only those saw whom the socket has left, and it has been sent what it sees
/// now instead.
pub(crate) async fn place<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    peer: &Peer,
    watching: bool,
    audiences: Arc<[Arc<Audience>]>,
) {
    let lists = &core.lists;
    let before = peer.place.facts();
    let moved: Vec<usize> = (0..before.audiences.len())
        .filter(|list| !Arc::ptr_eq(&before.audiences[*list], &audiences[*list]))
        .collect();
    let mut turns = Vec::new();
    for list in &moved {
        turns.push(before.audiences[*list].turn().await);
    }
    peer.place.change(socket, |facts| {
        facts.watching = watching;
        facts.audiences = audiences.clone();
        let is_synced = |list: &&usize| facts.gets(**list) == Gets::Changes;
        let unshown: Vec<usize> = moved.iter().filter(is_synced).copied().collect();
        facts.unshown.extend(unshown);
    });
    drop(turns);
    for list in moved {
        if show(lists, list, socket, peer).await.is_err() {
            catch_up::leave_behind(core, socket.clone());
            return;
        }
    }
}

/// Sends a socket what it sees of a list since it belongs to other people.
async fn show<A: Adapter>(
    lists: &Lists,
    index: usize,
    socket: &Socket<A>,
    peer: &Peer,
) -> Result<(), Full> {
    let at = At::new(lists, index, peer);
    let sent = match at.facts.gets(index) {
        Gets::Nothing => return Ok(()),
        Gets::Whole => at.send_whole(socket).await,
        Gets::Changes => at.show(socket).await,
    };
    sent.unwrap_or_else(|error| {
        tracing::error!(%error, list = at.list.event, "a list could not be loaded for a socket with other scopes");
        Err(Full::OF_PACKETS)
    })
}

/// A socket's place in one list, for sending it something alone.
pub(super) struct At<'a> {
    lists: &'a Lists,
    list: &'a LiveList,
    index: usize,
    peer: &'a Peer,
    pub(super) facts: Facts,
}

/// What became of something that was to be sent.
pub(super) type Sent = Result<Result<(), Full>, StoreError>;

impl<'a> At<'a> {
    pub(super) fn new(lists: &'a Lists, index: usize, peer: &'a Peer) -> Self {
        Self {
            lists,
            list: &lists.lists[index],
            index,
            peer,
            facts: peer.place.facts(),
        }
    }

    /// Sends all that the socket sees of the list, from what is kept if it has not changed.
    pub(super) async fn send_whole<A: Adapter>(&self, socket: &Socket<A>) -> Sent {
        self.load_whole().await?;
        Ok(self.offer_whole(socket).await)
    }

    /// Loads all that the socket sees of the list, for [`At::offer_whole`].
    pub(super) async fn load_whole(&self) -> Result<(), StoreError> {
        if let Some(audience) = self.audience() {
            audience.loaded.whole(&self.lists.change_log).await?;
        }
        Ok(())
    }

    /// Sends the list that was loaded last, if there is room for it. While there is none, the socket keeps no copy.
    pub(super) async fn offer_whole<A: Adapter>(&self, socket: &Socket<A>) -> Result<(), Full> {
        let Some(audience) = self.audience() else {
            return Ok(());
        };
        let _turn = audience.turn().await;
        if !self.still_belongs(audience) {
            return Ok(());
        }
        let Some((_, rows)) = audience.loaded.newest() else {
            return Ok(());
        };
        let event = Event::new(self.list.event, rows.json()).whole(self.index);
        rooms::emit_to(socket, self.peer, &event).await
    }

    /// The same for a socket that keeps the list itself: it replaces what it has. From then on it is sent changes.
    async fn show<A: Adapter>(&self, socket: &Socket<A>) -> Sent {
        let Some(audience) = self.audience() else {
            return Ok(Ok(()));
        };
        let mut missed = Missed::whole(self.lists, self.index, audience).await?;
        let mut tries = 0;
        loop {
            let told = audience.turn().await;
            let is_unshown = || self.peer.place.facts().unshown.contains(&self.index);
            if !self.still_belongs(audience) || !is_unshown() {
                return Ok(Ok(()));
            }
            if tries < MAX_TRIES && missed.is_outdated() {
                drop(told);
                tries += 1;
                missed = Missed::whole(self.lists, self.index, audience).await?;
                continue;
            }
            if tries < MAX_TRIES && missed.is_behind(&told) {
                drop(told);
                tries += 1;
                missed.add_later().await?;
                continue;
            }
            let sent = missed.send(socket, self.peer, &told).await?;
            if sent.is_ok() {
                self.peer.place.change(socket, |facts| {
                    facts.unshown.remove(&self.index);
                });
            }
            return Ok(sent);
        }
    }

    /// Sends where the list is, so that the socket asks for what it has missed.
    pub(super) async fn send_beat<A: Adapter>(&self, socket: &Socket<A>) -> Sent {
        let Some(audience) = self.audience() else {
            return Ok(Ok(()));
        };
        let told = audience.turn().await;
        if !self.still_belongs(audience) {
            return Ok(Ok(()));
        }
        let beat = News::beat(told.synced.at, told.synced.clone())?;
        let beat = beat.encode(&audience.suffix)?;
        let event = Event::new(&self.list.changes_event, &beat);
        Ok(rooms::emit_to(socket, self.peer, &event).await)
    }

    fn audience(&self) -> Option<&Arc<Audience>> {
        self.facts.audiences.get(self.index)
    }

    /// Who had to wait for a turn may belong to others by now; whoever moved it has sent it what it sees.
    fn still_belongs(&self, audience: &Arc<Audience>) -> bool {
        self.peer.place.facts().belongs_to(self.index, audience)
    }
}

/// The position of a list that a call wrote to, as the socket gets to it: none if it is sent no changes of the list, or
/// sees nothing of it. A client waits for the position that it is given.
pub(crate) fn position_for(
    lists: &Lists,
    peer: &Peer,
    list: ListId,
    position: Position,
) -> Option<Position> {
    let index = lists.lists.iter().position(|live| live.id == list)?;
    let facts = peer.place.facts();
    if facts.gets(index) != Gets::Changes {
        return None;
    }
    let audience = facts.audiences.get(index)?;
    audience.position(&lists.change_log, &position)
}
