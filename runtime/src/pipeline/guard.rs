//! Who may do what.

use std::future::ready;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Caller;
use crate::{Refusal, Scopes, StoreError};

/// What a call wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The kind of call.
    pub verb: Verb,
    /// The resource it is about, such as `Coach`; the event of a command; `*` for watching.
    pub resource: &'static str,
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
    /// Reads a page of rows.
    List,
    /// A call that is not CRUD.
    Command,
    /// Gets the live lists: asked when a socket connects, when its identity changes, for `refresh` and for `sync`.
    Watch,
}

impl Action {
    /// What a call with this verb does to this resource.
    pub const fn new(verb: Verb, resource: &'static str) -> Self {
        Self { verb, resource }
    }

    pub(crate) const WATCH: Self = Self {
        verb: Verb::Watch,
        resource: "*",
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

    /// Lets the caller do this, or not.
    ///
    /// # Errors
    /// Why not.
    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied>;

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

/// Lets everybody do everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAll;

impl Guard for AllowAll {
    fn authorize(&self, _: &Caller, _: &Action) -> Result<(), Denied> {
        Ok(())
    }

    fn scopes(&self, _: &Caller, _: &'static str) -> Scopes {
        Scopes::All
    }
}
