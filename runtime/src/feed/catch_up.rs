//! Sockets that read too slowly: they leave their room, so that they cost the others nothing, and are tried again.

use std::sync::{Arc, Weak};
use std::time::Duration;

use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::changes::News;
use super::list::LiveList;
use super::lists::Lists;
use super::rooms;
use crate::StoreError;
use crate::app::Core;
use crate::pipeline::Peer;

const FIRST_TRY: Duration = Duration::from_millis(50);
const LAST_TRY: Duration = Duration::from_secs(2);

/// Takes a socket out of its room until its buffer has room again.
pub(super) fn leave_behind<A: Adapter>(core: &Arc<Core>, socket: SocketRef<A>) {
    let Some(peer) = Peer::of(&socket) else {
        return;
    };
    if !peer
        .place
        .change(&socket, |facts| facts.lagging = true)
        .lagging
    {
        tokio::spawn(try_again(Arc::downgrade(core), socket, peer));
    }
}

async fn try_again<A: Adapter>(core: Weak<Core>, socket: SocketRef<A>, peer: Arc<Peer>) {
    let mut pause = FIRST_TRY;
    loop {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_TRY);
        let Some(core) = core.upgrade() else { return };
        if !socket.connected() {
            return;
        }
        // First back into the room, then what was missed: in this order nothing falls in between.
        peer.place.change(&socket, |facts| facts.lagging = false);
        if caught_up(&core.lists, &socket, &peer).await {
            return;
        }
        if peer
            .place
            .change(&socket, |facts| facts.lagging = true)
            .lagging
        {
            // A broadcast found the buffer full meanwhile, and has started a task of its own.
            return;
        }
    }
}

async fn caught_up<A: Adapter>(lists: &Lists, socket: &SocketRef<A>, peer: &Peer) -> bool {
    let facts = peer.place.facts();
    for list in &lists.lists {
        let sent = match &facts.synced {
            _ if !facts.watching => Ok(Ok(())),
            Some(rooms) if !rooms.contains(&list.room) => Ok(Ok(())),
            Some(_) => send_beat(lists, list, socket).await,
            None => send_whole(lists, list, socket).await,
        };
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(rooms::Full)) => return false,
            Err(error) => {
                tracing::error!(%error, list = list.event, "a list could not be loaded for a slow socket");
                return false;
            }
        }
    }
    true
}

/// Sends the whole list, from what is kept if it has not changed.
pub(super) async fn send_whole<A: Adapter>(
    lists: &Lists,
    list: &LiveList,
    socket: &SocketRef<A>,
) -> Result<Result<(), rooms::Full>, StoreError> {
    let mut turn = list.turn().await;
    let (_, rows) = turn.whole(&lists.feed).await?;
    Ok(rooms::emit_to(socket, list.event, &rows).await)
}

async fn send_beat<A: Adapter>(
    lists: &Lists,
    list: &LiveList,
    socket: &SocketRef<A>,
) -> Result<Result<(), rooms::Full>, StoreError> {
    let turn = list.turn().await;
    let beat = News::beat(turn.told.synced)?.encode(lists.feed.epoch())?;
    Ok(rooms::emit_to(socket, &list.changes_event, &beat).await)
}
