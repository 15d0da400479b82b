//! The change of a live list by a write.

use crate::store::{RowId, Scopes};

/// Identifies a live list: its index in the order in which lists are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListId(pub usize);

/// One change of one list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// The list.
    pub list: ListId,
    /// What changed.
    pub effect: Effect,
    /// The sockets that it concerns.
    pub reach: Reach,
}

/// The sockets that a change concerns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reach {
    /// All that watch the list. In a list with scopes it is then unknown which of them may see the id of the row, so
    /// that sockets that don't see all scopes are sent their view of the list again.
    Everybody,
    /// Sockets that see one of these scopes: the one that the row is in now, and those that it was in before.
    Scopes(Box<[RowId]>),
}

impl Reach {
    /// Whether a socket with these scopes sees a difference.
    pub(super) fn concerns(&self, scopes: &Scopes) -> bool {
        match self {
            Self::Everybody => true,
            Self::Scopes(reached) => reached.iter().any(|scope| scopes.contain(scope)),
        }
    }
}

/// What changed in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect {
    /// A row was added, changed or deleted: loading it shows which.
    Row(RowId),
    /// Any of its rows may have changed; all sockets are sent the whole list.
    Reset,
}

impl Change {
    /// A row was added, changed or deleted.
    pub fn row(list: ListId, id: impl Into<RowId>) -> Self {
        Self {
            list,
            effect: Effect::Row(id.into()),
            reach: Reach::Everybody,
        }
    }

    /// Any row may have changed.
    pub fn reset(list: ListId) -> Self {
        Self {
            list,
            effect: Effect::Reset,
            reach: Reach::Everybody,
        }
    }

    /// Restricts the change to sockets that see one of these scopes.
    pub fn within<I: Into<RowId>>(mut self, scopes: impl IntoIterator<Item = I>) -> Self {
        self.reach = Reach::Scopes(scopes.into_iter().map(Into::into).collect());
        self
    }
}

impl Effect {
    /// The row, if it is a single one.
    pub fn row(&self) -> Option<&RowId> {
        match self {
            Self::Row(id) => Some(id),
            Self::Reset => None,
        }
    }
}
