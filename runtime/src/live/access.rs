//! Actions, and the access to them that a schema declares.

/// The action of a call, which the guard decides on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The kind of call.
    pub verb: Verb,
    /// The resource that it concerns, such as `Coach`; the event of a command; `*` for watching.
    pub resource: &'static str,
    /// The required access, if the schema declares one.
    pub access: Option<Access>,
}

/// The access that an action requires, as the schema declares it by `access(…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Each client.
    Anyone,
    /// Callers that have signed in; see [`Guard::is_signed_in`](crate::Guard::is_signed_in).
    SignedIn,
    /// Callers that have a role; see [`Guard::has_role`](crate::Guard::has_role).
    Role(&'static str),
    /// The caller that is the row of this resource which the row names; see [`Guard::owns`](crate::Guard::owns).
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
    /// Receives live lists at all: checked when a socket connects, when its identity changes, for `refresh` and for
    /// `sync`. Each list is checked by [`Verb::List`].
    Watch,
}

impl Action {
    /// The action of a call with this verb on this resource.
    pub const fn new(verb: Verb, resource: &'static str) -> Self {
        Self {
            verb,
            resource,
            access: None,
        }
    }

    /// Declares the required access.
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
