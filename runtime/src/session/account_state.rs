//! Informs a client that keeps lists of its session: the account that its socket is signed in as, and the end of the
//! session. By the first it keeps writes of one account from being sent as another, by the second it can request a
//! sign-in.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::core::Core;
use super::session::{AccountState, Session};
use super::sink::SocketSink;
use crate::live::{Event, Sink};
use crate::rpc::{Caller, Guard};
use crate::store::view_suffix;

/// The event that informs a client of changes.
const SESSION: &str = "session";

impl AccountState {
    fn of(guard: &dyn Guard, caller: &Caller) -> Self {
        let account = caller.account();
        // A guard that fails is logged where the lists are resolved.
        let lasts = || std::panic::catch_unwind(AssertUnwindSafe(|| guard.is_signed_in(caller)));
        let ended = account.is_some() && !lasts().unwrap_or(false);
        let account = account.filter(|_| !ended);
        Self { account, ended }
    }

    /// Identifies the account: the same at each connect and on each server. The account can't be derived from it, as it
    /// may be an e-mail address.
    fn account_name(&self) -> Option<String> {
        let account = self.account.as_ref()?;
        let hash = Sha256::new().chain_update("account").chain_update([0]);
        Some(view_suffix('@', hash.chain_update(&**account)))
    }

    fn payload(&self) -> Value {
        let message = match self.ended {
            true => "your session has ended, please sign in again",
            false => "",
        };
        json!({ "account": self.account_name(), "ended": self.ended, "message": message })
    }
}

/// Greets a client that has connected; one that keeps lists also receives its account.
pub(super) async fn greet<A: Adapter>(core: &Core, socket: &SocketRef<A>, session: &Arc<Session>) {
    let mut greeting = json!({ "data": format!("id: {} is connected", socket.id) });
    let mut last_sent = session.account.lock().await;
    if session.subscription.following().keeps_lists() {
        let state = AccountState::of(&*core.guard, &session.caller);
        greeting["account"] = state.account_name().into();
        *last_sent = Some(state);
    }
    // A socket that has disconnected already needs no greeting.
    send(socket, session, "connected", &greeting).await;
}

/// Sends the account state if it differs from the last one sent. Without room for that it is retried at the next
/// review.
pub(super) async fn send_if_changed<A: Adapter>(
    core: &Core,
    socket: &SocketRef<A>,
    session: &Arc<Session>,
) {
    let mut last_sent = session.account.lock().await;
    let Some(last) = &mut *last_sent else { return };
    let state = AccountState::of(&*core.guard, &session.caller);
    if *last != state && send(socket, session, SESSION, &state.payload()).await {
        *last = state;
    }
}

async fn send<A: Adapter>(
    socket: &SocketRef<A>,
    session: &Arc<Session>,
    event: &'static str,
    payload: &Value,
) -> bool {
    let Ok(payload) = to_raw_value(payload) else {
        return false;
    };
    let event = Event::new(event, &payload);
    SocketSink::new(socket, session).send(&event).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Declared;

    struct Ended;

    impl Guard for Ended {
        fn is_signed_in(&self, _: &Caller) -> bool {
            false
        }
    }

    #[test]
    fn an_account_has_one_name_that_does_not_reveal_it() {
        let named = |account: &str| {
            let caller = Caller::new("socket");
            caller.sign_in(account, ());
            AccountState::of(&Declared, &caller).account_name().unwrap()
        };
        let name = named("rose@example.org");
        assert_eq!(named("rose@example.org"), name);
        assert_ne!(named("dan@example.org"), name);
        assert!(name.len() == 17 && !name.contains("rose"), "{name}");
    }

    #[test]
    fn only_a_sign_in_can_end() {
        let caller = Caller::new("socket");
        assert!(!AccountState::of(&Ended, &caller).ended);
        caller.sign_in("rose", ());
        let session = AccountState::of(&Ended, &caller);
        assert!(session.ended && session.account_name().is_none());
        assert!(!AccountState::of(&Declared, &caller).ended);
    }
}
