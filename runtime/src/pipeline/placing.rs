//! Which lists a socket watches, and which part of them: asked of the guard again and again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use socketioxide::SocketIo;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::{Action, Caller, Peer};
use crate::StoreError;
use crate::app::Core;
use crate::error::Panicked;
use crate::feed;
use crate::scopes::ScopesByKind;

/// Lets the socket watch what the guard says, or nothing.
pub(super) async fn place<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    peer: &Peer,
) -> Result<(), StoreError> {
    let _placing = peer.placing.lock().await;
    let decided = std::panic::catch_unwind(AssertUnwindSafe(|| {
        core.guard.authorize(&peer.caller, &Action::WATCH)?;
        Ok(scopes_of(core, &peer.caller))
    }))
    .unwrap_or_else(|payload| Err(StoreError::internal(Panicked::of(&*payload))));
    let scopes = decided.as_ref().cloned().unwrap_or_default();
    feed::place(core, socket, peer, decided.is_ok(), &scopes).await;
    decided.map(|_| ())
}

/// Asks the guard which scopes somebody sees.
pub(super) fn scopes_of(core: &Core, caller: &Caller) -> ScopesByKind {
    let scopes = |kind| core.guard.scopes(caller, kind);
    let scopes = ScopesByKind::ask(core.lists.scopes(), scopes);
    caller.set_scopes(scopes.clone());
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
        if let Some(peer) = Peer::of(&socket) {
            place_quietly(core, &socket, &peer).await;
        }
    }
}
