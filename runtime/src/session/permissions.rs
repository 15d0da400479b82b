//! The lists that a socket may watch, and its views of them: resolved by the guard again and again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use socketioxide::SocketIo;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::account_state;
use super::core::Core;
use super::idle_timer::{DisconnectReason, disconnect_with};
use super::session::{Session, WatchPermissions};
use super::sink::SocketSink;
use crate::live;
use crate::live::Action;
use crate::rpc::{Caller, Permissions, check_declared, decide};
use crate::store::{Error, Panicked, ScopesByKind};

/// Subscribes the socket to the lists that the guard permits, or to nothing.
pub(super) async fn resubscribe<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    session: &Arc<Session>,
) -> Result<(), Error> {
    let mut last = session.last_permissions.lock().await;
    let decided = std::panic::catch_unwind(AssertUnwindSafe(|| {
        decide(&*core.guard, &session.caller, &Action::WATCH)?;
        let (guard, caller) = (&*core.guard, &session.caller);
        let readable = core
            .lists
            .readable(|reading| decide(guard, caller, reading).is_ok());
        let mask = core
            .lists
            .mask(|access| check_declared(guard, caller, Some(access)).is_ok());
        resolve_permissions(core, &session.caller);
        Ok(WatchPermissions {
            watching: true,
            readable,
            mask,
            scopes: session.caller.all_scopes(),
        })
    }))
    .unwrap_or_else(|payload| Err(Error::internal(Panicked::of(&*payload))));
    let (permissions, rejected) = match decided {
        Ok(permissions) => (permissions, Ok(())),
        Err(rejected) => (WatchPermissions::none(), Err(rejected)),
    };
    if last.as_ref() != Some(&permissions) {
        let views = core.lists.views(
            &permissions.readable,
            &permissions.mask,
            &permissions.scopes,
        );
        let sink = SocketSink::new(socket, session);
        live::resubscribe(&core.lists, &sink, permissions.watching, views).await;
        *last = Some(permissions);
    }
    rejected
}

/// Queries the guard for the scopes that the caller sees, and the rows that it owns.
pub(super) fn resolve_permissions(core: &Core, caller: &Caller) {
    let guard = &core.guard;
    caller.set_permissions(Permissions {
        scopes: ScopesByKind::resolve(&core.scopes, |kind| guard.scopes(caller, kind)),
        owned: ScopesByKind::resolve(&core.owners, |kind| guard.owns(caller, kind)),
    });
}

/// [`resubscribe`] for cases in which a rejection is not reported to the client.
pub(super) async fn resubscribe_quietly<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    session: &Arc<Session>,
) {
    if let Err(Error::Internal(error)) = resubscribe(core, socket, session).await {
        tracing::error!(%error, "the guard failed");
    }
    account_state::send_if_changed(core, socket, session).await;
}

/// Checks all sockets again: a session may have ended, or a caller may see less than before, without any call.
pub(crate) async fn review<A: Adapter>(core: &Arc<Core>, io: &SocketIo<A>) {
    let Some(sockets) = io.of("/") else { return };
    for socket in sockets.local().sockets() {
        let Some(session) = Session::of(&socket) else {
            continue;
        };
        resubscribe_quietly(core, &socket, &session).await;
        if let Some(reason) = exceeded_limit(core, &session) {
            disconnect_with(&socket, reason);
        }
    }
}

fn exceeded_limit(core: &Core, session: &Session) -> Option<DisconnectReason> {
    let is_signed_in = || core.guard.is_signed_in(&session.caller);
    // A guard that fails was logged by the resubscription just before.
    let is_signed_in = || std::panic::catch_unwind(AssertUnwindSafe(is_signed_in)).unwrap_or(false);
    let is_answering = session.inbox.is_answering();
    session
        .idle_timer
        .exceeded_limit(&core.limits, is_answering, is_signed_in)
}
