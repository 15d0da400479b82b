//! Who may do what.

use std::future::ready;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Caller;
use crate::store::{Refusal, Scopes, StoreError};

/// What a call wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The kind of call.
    pub verb: Verb,
    /// The resource it is about, such as `Coach`; the event of a command; `*` for watching.
    pub resource: &'static str,
    /// Who may do it, if the schema declares that.
    pub access: Option<Access>,
}

/// Who may do something, as the schema declares it by `access(…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Anyone,
    /// Whoever has signed in; see [`Guard::is_signed_in`].
    SignedIn,
    /// Whoever has a role; see [`Guard::has_role`].
    Role(&'static str),
    /// Whoever is the row of this resource that the row names; see [`Guard::owns`].
    Owner(&'static str),
    /// No client.
    Nobody,
}

/// The kinds of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Adds a row.
    Create,
    /// Changes a row.
    Update,
    /// Removes a row.
    Delete,
    /// Reads one row.
    Get,
    /// Reads a page of rows, or gets the live list: `refresh`, `sync` and what is sent after changes.
    List,
    /// A call that is not CRUD.
    Command,
    /// Gets live lists at all: asked when a socket connects, when its identity changes, for `refresh` and for `sync`. Which
    /// of them is asked by [`Verb::List`], for each list.
    Watch,
}

impl Action {
    /// What a call with this verb does to this resource.
    pub const fn new(verb: Verb, resource: &'static str) -> Self {
        Self {
            verb,
            resource,
            access: None,
        }
    }

    /// Declares who may do it.
    pub const fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    pub(crate) const WATCH: Self = Self {
        verb: Verb::Watch,
        resource: "*",
        access: None,
    };
}

/// Why an action is not allowed; the text is for the person who tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// Somebody must sign in first.
    Unauthenticated(String),
    /// Whoever is signed in may not do this.
    Forbidden(String),
}

impl Denied {
    /// Somebody must sign in first.
    pub fn unauthenticated() -> Self {
        Self::Unauthenticated("please sign in first".into())
    }

    /// Whoever is signed in may not do this.
    pub fn forbidden() -> Self {
        Self::Forbidden("you may not do this".into())
    }
}

impl From<Denied> for StoreError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated(message) => Self::Unauthenticated(message),
            Denied::Forbidden(message) => Self::Forbidden(message),
        }
    }
}

/// What [`Guard::identify`] gives: a boxed future, since a server keeps its guard whatever its type.
///
/// `Box::pin(async move { … })` makes one.
pub type Identified<'a> = BoxFuture<'a, Result<(), Refusal>>;

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
pub(super) fn decide(guard: &dyn Guard, caller: &Caller, action: &Action) -> Result<(), Denied> {
    declared(guard, caller, action.access)?;
    guard.authorize(caller, action)
}

/// Whether the schema lets somebody do something.
pub(super) fn declared(
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
