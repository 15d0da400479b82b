//! Which lists a socket watches, and which part of them: asked of the guard again and again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use socketioxide::SocketIo;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::guard::{decide, declared};
use super::peer::Sight;
use super::presence::Outstayed;
use super::{Action, Caller, Peer};
use crate::StoreError;
use crate::app::Core;
use crate::error::Panicked;
use crate::feed;
use crate::scopes::ScopesByKind;

/// What a socket is told before its connection is ended.
pub(super) const DISCONNECTED: &str = "disconnected";

/// Lets the socket watch what the guard says, or nothing.
pub(super) async fn place<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    peer: &Peer,
) -> Result<(), StoreError> {
    let _placing = peer.placing.lock().await;
    let decided = std::panic::catch_unwind(AssertUnwindSafe(|| {
        decide(&*core.guard, &peer.caller, &Action::WATCH)?;
        let may = |access| declared(&*core.guard, &peer.caller, access).is_ok();
        let readable = core.lists.readable(may);
        Ok((readable, look(core, &peer.caller)))
    }))
    .unwrap_or_else(|payload| Err(StoreError::internal(Panicked::of(&*payload))));
    let watching = decided.is_ok();
    let (decided, (readable, scopes)) = match decided {
        Ok(seen) => (Ok(()), seen),
        Err(error) => (Err(error), Default::default()),
    };
    let audiences = core.lists.audiences(&readable, &scopes);
    feed::place(core, socket, peer, watching, audiences).await;
    decided
}

/// Asks the guard which scopes somebody sees, and which rows they are.
pub(super) fn look(core: &Core, caller: &Caller) -> ScopesByKind {
    let guard = &core.guard;
    let scopes = ScopesByKind::ask(&core.scopes, |kind| guard.scopes(caller, kind));
    let owned = ScopesByKind::ask(&core.owners, |kind| guard.owns(caller, kind));
    caller.set_sight(Sight {
        scopes: scopes.clone(),
        owned,
    });
    scopes
}

/// [`place`] where a refusal is no news for the client.
pub(super) async fn place_quietly<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    peer: &Peer,
) {
    if let Err(StoreError::Internal(error)) = place(core, socket, peer).await {
        tracing::error!(%error, "the guard failed");
    }
    peer.caller.take_changed();
}

/// Asks about all sockets again: a session may have ended, or somebody may see less than before, without any call.
pub(crate) async fn review<A: Adapter>(core: &Arc<Core>, io: &SocketIo<A>) {
    let Some(sockets) = io.of("/") else { return };
    for socket in sockets.local().sockets() {
        let Some(peer) = Peer::of(&socket) else {
            continue;
        };
        place_quietly(core, &socket, &peer).await;
        if let Some(outstayed) = outstayed(core, &peer) {
            send_away(&socket, outstayed);
        }
    }
}

fn outstayed(core: &Core, peer: &Peer) -> Option<Outstayed> {
    let is_signed_in = || core.guard.is_signed_in(&peer.caller);
    // A guard that fails has been logged by the placing just before.
    let is_signed_in = std::panic::catch_unwind(AssertUnwindSafe(is_signed_in)).unwrap_or(false);
    peer.presence.outstayed(&core.limits, is_signed_in)
}

/// Ends a connection, and says why before.
fn send_away<A: Adapter>(socket: &SocketRef<A>, outstayed: Outstayed) {
    let reason = serde_json::json!({ "code": outstayed.code(), "message": outstayed.message() });
    // Who can't be told because nothing is read any more is sent away without.
    let _ = socket.emit(DISCONNECTED, &reason);
    if socket.clone().disconnect().is_ok() {
        tracing::debug!(socket = %socket.id, reason = outstayed.code(), "a socket was sent away");
    }
}
