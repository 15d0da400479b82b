//! Who may do what.

use std::future::ready;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Caller;
use super::denied::Denied;
use crate::live::{Access, Action, Verb};
use crate::store::{Error, Scopes};

/// What [`Guard::identify`] gives: a boxed future, since a server keeps its guard whatever its type.
///
/// `Box::pin(async move { … })` makes one.
pub type Identified<'a> = BoxFuture<'a, Result<(), Error>>;

/// Decides who is who, and who may do what. It is asked before the payload of a call is looked at.
pub trait Guard: Send + Sync + 'static {
    /// Finds out who connects, from what the client sends as `auth`, and says so by [`Caller::sign_in`].
    ///
    /// It is asked each time that a client connects, before any call of it is taken. Whoever is refused is not connected:
    /// its `connect_error` has the code and the text as its message: `unauthenticated: please sign in first`. A client that sends nothing has `{}` or
    /// null here; without this method everybody is let in, as nobody.
    ///
    /// # Errors
    /// Why they may not connect.
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        let _ = (caller, auth);
        Box::pin(ready(Ok(())))
    }

    /// Lets the caller do this, or not. It is asked about what the schema lets them do, and may only narrow that.
    ///
    /// Without this method everybody may do what the schema declares; where it declares nothing, everybody may read, and
    /// nobody may write or call commands.
    ///
    /// A live list is asked about as a page of it is: by [`Verb::List`] and its resource. Where the answer is no, the list
    /// is empty for that socket, and no change of it is sent. A `create` or `update` answers with the row, so it is also
    /// asked about as a [`Verb::Get`] of the resource, and rejected if that is not allowed.
    ///
    /// All of this is asked when a socket connects, at `refresh` and `sync`, after a call that signs somebody in or out, and
    /// at each [`review`](crate::Server::review) (every second), once for each list. So the guard has to know the answer, not
    /// to look it up, and when it changes its mind the list appears or disappears without a call.
    ///
    /// Two things are not asked about. What a row shows of another row is a part of it: a guard that denies `Coach` and
    /// allows `Schedule` shows the coach's name in the schedule. Who may read `Coach` belongs in the schema then, by
    /// `access(read = …)`, where such a relation is rejected. And the events of the schema go to the sockets that your code
    /// names, `io.to(room)` for instance.
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
    /// Why not.
    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        let _ = caller;
        match (action.access, action.verb) {
            (Some(_), _) | (None, Verb::Get | Verb::List | Verb::Watch) => Ok(()),
            (None, _) => Err(Denied::forbidden()),
        }
    }

    /// Whether somebody has signed in whose sign-in still counts, for `access(write = signed_in)`. Without this method,
    /// whoever has signed in stays so until they sign out: one that knows sessions asks whether the session lasts.
    fn is_signed_in(&self, caller: &Caller) -> bool {
        caller.is_signed_in()
    }

    /// Whether whoever has signed in has a role, for `access(write = role("admin"))`. Without this method nobody has any.
    fn has_role(&self, caller: &Caller, role: &'static str) -> bool {
        let _ = (caller, role);
        false
    }

    /// Which rows of a resource the caller is, for `access(write = owner(coach))`, where `coach` leads to a `Coach`: the one
    /// with their id, if they are a coach. Without this method nobody owns anything.
    fn owns(&self, caller: &Caller, of: &'static str) -> Scopes {
        let _ = (caller, of);
        Scopes::none()
    }

    /// Tells which scopes the caller sees, of resources that are declared with one: for `scope = gym`, where `gym` leads to
    /// a `Gym`, it is asked for `"Gym"`.
    ///
    /// Without this method nobody sees any. It is asked before every call and each time that the caller's place in the
    /// live lists is found out anew, so it has to know the answer, not to look it up.
    fn scopes(&self, caller: &Caller, of: &'static str) -> Scopes {
        let _ = (caller, of);
        Scopes::none()
    }
}

/// Lets everybody do what the schema declares, and read what it says nothing about: the guard of a server that was given
/// none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Declared;

impl Guard for Declared {}

/// Lets everybody do everything but what the schema lets nobody do.
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

/// The one place where it is decided whether somebody may do something: what the schema declares, then the guard.
pub(crate) fn decide(guard: &dyn Guard, caller: &Caller, action: &Action) -> Result<(), Denied> {
    declared(guard, caller, action.access)?;
    guard.authorize(caller, action)
}

/// Whether the schema lets somebody do something.
pub(crate) fn declared(
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
        // Which row it is about is looked at when the call has been read.
        Some(Access::Owner(of)) => guard.owns(caller, of) != Scopes::none(),
    };
    allowed.then_some(()).ok_or_else(Denied::forbidden)
}
