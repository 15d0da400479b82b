//! Authorization of calls.

use std::future::ready;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Caller;
use super::denied::Denied;
use crate::live::{Access, Action, Verb};
use crate::store::{Error, Scopes};

/// The result of [`Guard::identify`]: a boxed future, since a server keeps its guard whatever its type.
///
/// `Box::pin(async move { … })` makes one.
pub type Identified<'a> = BoxFuture<'a, Result<(), Error>>;

/// Identifies callers, and decides what they may do. It is called before the payload of a call is parsed.
pub trait Guard: Send + Sync + 'static {
    /// Identifies a client that connects, from the `auth` that it sends, by calling [`Caller::sign_in`].
    ///
    /// Called each time that a client connects, before any call of it is processed. A rejected client is not connected:
    /// its `connect_error` has the code and the text as its message: `unauthenticated: please sign in first`. For a
    /// client that sends nothing, `auth` is `{}` or null; by default every client is accepted, without an account.
    ///
    /// # Errors
    /// Why the client may not connect.
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        let _ = (caller, auth);
        Box::pin(ready(Ok(())))
    }

    /// Allows or denies an action. Called for actions that the schema allows, which it can only narrow.
    ///
    /// By default every caller may do what the schema declares; where it declares nothing, every caller may read, and
    /// none may write or call commands.
    ///
    /// A live list is checked like a page of it: by [`Verb::List`] and its resource. If denied, the list is empty for
    /// that socket, and no change of it is sent. A `create` or `update` answers with the row, so it is also checked as
    /// a [`Verb::Get`] of the resource, and rejected if that is denied.
    ///
    /// All of this is checked when a socket connects, at `refresh` and `sync`, after a call that signs an account in or
    /// out, and at each [`review`](crate::Server::review) (every second), once for each list. So the guard must have
    /// the answer in memory, not query for it, and when its decision changes the list appears or disappears without a
    /// call.
    ///
    /// Two things are not checked. What a row shows of another row is a part of it: a guard that denies `Coach` and
    /// allows `Schedule` shows the coach's name in the schedule. Declare the access to `Coach` in the schema then, by
    /// `access(read = …)`, where such a relation is rejected. And the events of the schema go to the sockets that your
    /// code selects, by `io.to(room)` for instance.
    ///
    /// ```
    /// # use rowcast_runtime::{Action, Caller, Denied, Guard, Verb};
    /// struct Hr;
    ///
    /// impl Guard for Hr {
    ///     fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
    ///         match action.resource {
    ///             // No call and no list.
    ///             "Salary" if !caller.is_signed_in() => Err(Denied::unauthenticated()),
    ///             _ => Ok(()),
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// Why the action is denied.
    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        let _ = caller;
        match (action.access, action.verb) {
            (Some(_), _) | (None, Verb::Get | Verb::List | Verb::Watch) => Ok(()),
            (None, _) => Err(Denied::forbidden()),
        }
    }

    /// Whether an account is signed in with a valid sign-in, for `access(write = signed_in)`. By default a sign-in is
    /// valid until the sign-out; a guard with sessions checks whether the session is still valid.
    fn is_signed_in(&self, caller: &Caller) -> bool {
        caller.is_signed_in()
    }

    /// Whether the signed-in account has a role, for `access(write = role("admin"))`. By default no account has any.
    fn has_role(&self, caller: &Caller, role: &'static str) -> bool {
        let _ = (caller, role);
        false
    }

    /// The rows of a resource that represent the caller, for `access(write = owner(coach))`, where `coach` refers to a
    /// `Coach`: the one with the caller's id, if the caller is a coach. By default no caller owns anything.
    fn owns(&self, caller: &Caller, of: &'static str) -> Scopes {
        let _ = (caller, of);
        Scopes::none()
    }

    /// The scopes that the caller sees, of resources that are declared with one: for `scope = gym`, where `gym` refers
    /// to a `Gym`, `of` is `"Gym"`.
    ///
    /// By default no caller sees any. Called before every call and each time that the caller's views of the live lists
    /// are resolved, so it must have the answer in memory, not query for it.
    fn scopes(&self, caller: &Caller, of: &'static str) -> Scopes {
        let _ = (caller, of);
        Scopes::none()
    }
}

/// Allows what the schema declares, and reading where it declares nothing: the default guard of a server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Declared;

impl Guard for Declared {}

/// Allows everything except what the schema denies to all.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAll;

impl Guard for AllowAll {
    fn authorize(&self, _: &Caller, _: &Action) -> Result<(), Denied> {
        Ok(())
    }

    fn is_signed_in(&self, _: &Caller) -> bool {
        true
    }

    fn has_role(&self, _: &Caller, _: &'static str) -> bool {
        true
    }

    fn owns(&self, _: &Caller, _: &'static str) -> Scopes {
        Scopes::All
    }

    fn scopes(&self, _: &Caller, _: &'static str) -> Scopes {
        Scopes::All
    }
}

/// The single authorization decision: what the schema declares, then the guard.
pub(crate) fn decide(guard: &dyn Guard, caller: &Caller, action: &Action) -> Result<(), Denied> {
    check_declared(guard, caller, action.access)?;
    guard.authorize(caller, action)
}

/// Checks the access that the schema declares.
pub(crate) fn check_declared(
    guard: &dyn Guard,
    caller: &Caller,
    access: Option<Access>,
) -> Result<(), Denied> {
    let allowed = match access {
        None | Some(Access::Anyone) => return Ok(()),
        Some(Access::Nobody) => return Err(Denied::forbidden()),
        Some(_) if !guard.is_signed_in(caller) => return Err(Denied::unauthenticated()),
        Some(Access::SignedIn) => true,
        Some(Access::Role(role)) => guard.has_role(caller, role),
        // The owned row is checked when the call has been parsed.
        Some(Access::Owner(of)) => guard.owns(caller, of) != Scopes::none(),
    };
    allowed.then_some(()).ok_or_else(Denied::forbidden)
}
