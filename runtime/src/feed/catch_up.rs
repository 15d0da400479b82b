//! Sockets that read too slowly: they leave their room, so that they cost the others nothing, and are tried again.

use std::sync::{Arc, Weak};
use std::time::Duration;

use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::lists::Lists;
use super::place::At;
use super::rooms::{self, Gets};
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
        peer.place.change(&socket, |facts| {
            facts.lagging = false;
            facts.unshown.clear();
        });
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
    for (index, list) in lists.lists.iter().enumerate() {
        let at = At::new(lists, index, peer);
        let sent = match at.facts.gets(index) {
            Gets::Nothing => continue,
            Gets::Whole => at.send_whole(socket).await,
            Gets::Changes => at.send_beat(socket).await,
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
