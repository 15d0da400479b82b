//! Sockets that read too slowly: they leave their room, so that they cost the others nothing, and are tried again.

use std::sync::{Arc, Weak};
use std::time::Duration;

use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::lists::Lists;
use super::place::At;
use super::retry::Retry;
use super::rooms::Gets;
use crate::app::Core;
use crate::outbound::Full;
use crate::pipeline::Peer;
use crate::store::StoreError;

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
    let mut retry = Retry::default();
    loop {
        tokio::time::sleep(pause).await;
        let has_room = peer.outbound.until_half_sent().await;
        let Some(core) = core.upgrade() else { return };
        if !socket.connected() {
            return;
        }
        if !has_room {
            continue;
        }
        pause = (pause * 2).min(LAST_TRY);
        // First back into the room, then what was missed: in this order nothing falls in between.
        peer.place.change(&socket, |facts| {
            facts.lagging = false;
            facts.unshown.clear();
        });
        match caught_up(&core.lists, &socket, &peer).await {
            Ok(Ok(())) => return,
            Ok(Err(_full)) => {}
            Err((list, error)) => pause = retry.failed(list, &error),
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

/// Sends what a socket has missed; an error names the list whose rows could not be loaded.
async fn caught_up<A: Adapter>(
    lists: &Lists,
    socket: &SocketRef<A>,
    peer: &Peer,
) -> Result<Result<(), Full>, (&'static str, StoreError)> {
    for (index, list) in lists.lists.iter().enumerate() {
        let at = At::new(lists, index, peer);
        let sent = match at.facts.gets(index) {
            Gets::Nothing => continue,
            Gets::Whole => at.send_whole(socket).await,
            Gets::Changes => at.send_beat(socket).await,
        };
        if let Err(full) = sent.map_err(|error| (list.event, error))? {
            return Ok(Err(full));
        }
    }
    Ok(Ok(()))
}
