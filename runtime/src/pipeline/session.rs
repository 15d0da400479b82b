//! What a client that keeps lists learns of its session: as which account its socket is signed in, and that the session has
//! ended. By the first it keeps writes of one account from being sent as another, by the second it can ask for a sign-in.

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::value::to_raw_value;
use sha2::{Digest, Sha256};
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;

use super::{Caller, Guard, Peer};
use crate::app::Core;
use crate::feed::{self, Event};

/// The event by which a client learns of changes.
const SESSION: &str = "session";

/// A socket's session as its client knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Session {
    /// Stands for the account; null without one, and after the session has ended.
    account: Option<String>,
    /// Whether somebody has signed in whose session does not count any more.
    ended: bool,
    message: &'static str,
}

/// What the client knows; nothing as long as it was not greeted, and of clients that keep no lists.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<Session>>);

impl Session {
    pub(super) fn of(guard: &dyn Guard, caller: &Caller) -> Self {
        let account = caller.account();
        // A guard that fails is logged where it is asked about the lists.
        let lasts = || std::panic::catch_unwind(AssertUnwindSafe(|| guard.is_signed_in(caller)));
        let ended = account.is_some() && !lasts().unwrap_or(false);
        Self {
            account: account.filter(|_| !ended).map(|account| name_of(&account)),
            ended,
            message: match ended {
                true => "your session has ended: please sign in again",
                false => "",
            },
        }
    }

    pub(super) fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }
}

impl Known {
    pub(super) fn set(&self, session: Session) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }

    /// Whether the client is to learn of this.
    fn lacks(&self, session: &Session) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().is_some_and(|known| known != session)
    }
}

/// A name that is the same at each connect, on each server, and tells nothing to others: an account may be an address of
/// e-mail, and what is in a browser is seen by its extensions.
fn name_of(account: &str) -> String {
    let hash = Sha256::new().chain_update("account").chain_update([0]);
    let hash = hash.chain_update(account).finalize();
    hash[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Sends what the client does not know yet. Without room for that it is tried again at the next review.
pub(super) async fn tell<A: Adapter>(core: &Core, socket: &SocketRef<A>, peer: &Peer) {
    let session = Session::of(&*core.guard, &peer.caller);
    if !peer.session.lacks(&session) {
        return;
    }
    let Ok(payload) = to_raw_value(&session) else {
        return;
    };
    if feed::emit_to(socket, peer, &Event::new(SESSION, &payload))
        .await
        .is_ok()
    {
        peer.session.set(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Declared;

    struct Ended;

    impl Guard for Ended {
        fn is_signed_in(&self, _: &Caller) -> bool {
            false
        }
    }

    #[test]
    fn an_account_has_one_name_that_does_not_tell_it() {
        let named = |account: &str| {
            let caller = Caller::new("socket");
            caller.sign_in(account, ());
            Session::of(&Declared, &caller).account
        };
        let name = named("rose@example.org").unwrap();
        assert_eq!(named("rose@example.org").as_ref(), Some(&name));
        assert_ne!(named("dan@example.org").as_ref(), Some(&name));
        assert!(name.len() == 24 && !name.contains("rose"), "{name}");
    }

    #[test]
    fn only_a_sign_in_can_end() {
        let caller = Caller::new("socket");
        assert!(!Session::of(&Ended, &caller).ended);
        caller.sign_in("rose", ());
        let session = Session::of(&Ended, &caller);
        assert!(session.ended && session.account().is_none());
        assert!(!Session::of(&Declared, &caller).ended);
    }

    #[test]
    fn clients_that_were_not_greeted_learn_nothing() {
        let session = Session::of(&Declared, &Caller::new("socket"));
        let known = Known::default();
        assert!(!known.lacks(&session));
        known.set(session.clone());
        assert!(!known.lacks(&session));
        assert!(known.lacks(&Session {
            ended: true,
            ..session
        }));
    }
}
