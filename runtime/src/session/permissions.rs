//! Which lists a socket watches, and which part of them: asked of the guard again and again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use socketioxide::SocketIo;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::account_news;
use super::core::Core;
use super::idle_timer::{Reason, disconnect_because};
use super::session::{Permitted, Session};
use super::sink::SocketSink;
use crate::live;
use crate::live::Action;
use crate::rpc::{Caller, Permissions, check_declared, decide};
use crate::store::{Error, Panicked, ScopesByKind};

/// Lets the socket watch what the guard says, or nothing.
pub(super) async fn place<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    session: &Arc<Session>,
) -> Result<(), Error> {
    let mut last = session.placing.lock().await;
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
        Ok(Permitted {
            watching: true,
            readable,
            mask,
            scopes: session.caller.all_scopes(),
        })
    }))
    .unwrap_or_else(|payload| Err(Error::internal(Panicked::of(&*payload))));
    let (decision, refused) = match decided {
        Ok(decision) => (decision, Ok(())),
        Err(refused) => (Permitted::nothing(), Err(refused)),
    };
    if last.as_ref() != Some(&decision) {
        let views = core
            .lists
            .views(&decision.readable, &decision.mask, &decision.scopes);
        let sink = SocketSink::new(socket, session);
        live::resubscribe(&core.lists, &sink, decision.watching, views).await;
        *last = Some(decision);
    }
    refused
}

/// Asks the guard which scopes the caller sees, and which rows it owns.
pub(super) fn resolve_permissions(core: &Core, caller: &Caller) {
    let guard = &core.guard;
    caller.set_permissions(Permissions {
        scopes: ScopesByKind::ask(&core.scopes, |kind| guard.scopes(caller, kind)),
        owned: ScopesByKind::ask(&core.owners, |kind| guard.owns(caller, kind)),
    });
}

/// [`place`] where a refusal is no news for the client.
pub(super) async fn follow_permitted_quietly<A: Adapter>(
    core: &Arc<Core>,
    socket: &SocketRef<A>,
    session: &Arc<Session>,
) {
    if let Err(Error::Internal(error)) = place(core, socket, session).await {
        tracing::error!(%error, "the guard failed");
    }
    account_news::tell(core, socket, session).await;
}

/// Asks about all sockets again: a session may have ended, or a caller may see less than before, without any call.
pub(crate) async fn review<A: Adapter>(core: &Arc<Core>, io: &SocketIo<A>) {
    let Some(sockets) = io.of("/") else { return };
    for socket in sockets.local().sockets() {
        let Some(session) = Session::of(&socket) else {
            continue;
        };
        follow_permitted_quietly(core, &socket, &session).await;
        if let Some(reason) = outstayed(core, &session) {
            disconnect_because(&socket, reason);
        }
    }
}

fn outstayed(core: &Core, session: &Session) -> Option<Reason> {
    let is_signed_in = || core.guard.is_signed_in(&session.caller);
    // A guard that fails has been logged by the placing just before.
    let is_signed_in = || std::panic::catch_unwind(AssertUnwindSafe(is_signed_in)).unwrap_or(false);
    let is_at_work = session.inbox.is_at_work();
    session
        .idle_timer
        .outstayed(&core.limits, is_at_work, is_signed_in)
}
