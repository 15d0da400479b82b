//! Which lists a socket watches, and which part of them: asked of the guard again and again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use socketioxide::SocketIo;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::peer::{Decision, Peer};
use super::presence::{Reason, send_away};
use super::session;
use super::sink::SocketSink;
use crate::live;
use crate::live::Action;
use crate::rpc::{Caller, Sight, decide, declared};
use crate::session::server::Core;
use crate::store::{Panicked, ScopesByKind, StoreError};

/// Lets the socket watch what the guard says, or nothing.
pub(super) async fn place<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    peer: &Arc<Peer>,
) -> Result<(), StoreError> {
    let mut last = peer.placing.lock().await;
    let decided = std::panic::catch_unwind(AssertUnwindSafe(|| {
        decide(&*core.guard, &peer.caller, &Action::WATCH)?;
        let (guard, caller) = (&*core.guard, &peer.caller);
        let readable = core
            .lists
            .readable(|reading| decide(guard, caller, reading).is_ok());
        let unseen = core
            .lists
            .unseen(|access| declared(guard, caller, Some(access)).is_ok());
        look(core, &peer.caller);
        Ok(Decision {
            watching: true,
            readable,
            unseen,
            scopes: peer.caller.all_scopes(),
        })
    }))
    .unwrap_or_else(|payload| Err(StoreError::internal(Panicked::of(&*payload))));
    let (decision, refused) = match decided {
        Ok(decision) => (decision, Ok(())),
        Err(refused) => (Decision::nothing(), Err(refused)),
    };
    if last.as_ref() != Some(&decision) {
        let audiences =
            core.lists
                .audiences(&decision.readable, &decision.unseen, &decision.scopes);
        let sink = SocketSink::new(socket, peer);
        live::place(&core.lists, &sink, decision.watching, audiences).await;
        *last = Some(decision);
    }
    refused
}

/// Asks the guard which scopes somebody sees, and which rows they are.
pub(super) fn look(core: &Core, caller: &Caller) {
    let guard = &core.guard;
    caller.set_sight(Sight {
        scopes: ScopesByKind::ask(&core.scopes, |kind| guard.scopes(caller, kind)),
        owned: ScopesByKind::ask(&core.owners, |kind| guard.owns(caller, kind)),
    });
}

/// [`place`] where a refusal is no news for the client.
pub(super) async fn place_quietly<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    peer: &Arc<Peer>,
) {
    if let Err(StoreError::Internal(error)) = place(core, socket, peer).await {
        tracing::error!(%error, "the guard failed");
    }
    session::tell(core, socket, peer).await;
}

/// Asks about all sockets again: a session may have ended, or somebody may see less than before, without any call.
pub(crate) async fn review<A: Adapter>(core: &Arc<Core>, io: &SocketIo<A>) {
    let Some(sockets) = io.of("/") else { return };
    for socket in sockets.local().sockets() {
        let Some(peer) = Peer::of(&socket) else {
            continue;
        };
        place_quietly(core, &socket, &peer).await;
        if let Some(reason) = outstayed(core, &peer) {
            send_away(&socket, reason);
        }
    }
}

fn outstayed(core: &Core, peer: &Peer) -> Option<Reason> {
    let is_signed_in = || core.guard.is_signed_in(&peer.caller);
    // A guard that fails has been logged by the placing just before.
    let is_signed_in = || std::panic::catch_unwind(AssertUnwindSafe(is_signed_in)).unwrap_or(false);
    let is_at_work = peer.inbox.is_at_work();
    peer.presence
        .outstayed(&core.limits, is_at_work, is_signed_in)
}
