//! What a write does to a live list.

use crate::store::{RowId, Scopes};

/// Which live list: its index in the order in which lists are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListId(pub usize);

/// One change of one list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// The list.
    pub list: ListId,
    /// What happened to it.
    pub effect: Effect,
    /// Whom it concerns.
    pub reach: Reach,
}

/// Whom a change concerns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Everybody who watches the list. In a list with scopes nobody knows then who may be told which row it was, so that
    /// those who don't see all scopes get what they see of the list once more.
    Everybody,
    /// Those who see one of these scopes: the one that the row is in now, and those that it has left.
    Scopes(Box<[RowId]>),
}

impl Reach {
    /// Whether somebody with these scopes sees a difference.
    pub(super) fn meets(&self, scopes: &Scopes) -> bool {
        match self {
            Self::Everybody => true,
            Self::Scopes(reached) => reached.iter().any(|scope| scopes.contain(scope)),
        }
    }
}

/// What happened to a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect {
    /// A row was added, looks different now, or is gone: which of these, its loading tells.
    Row(RowId),
    /// Any of its rows may have changed; everybody gets the whole list.
    Reset,
}

impl Change {
    /// A row was added, looks different now, or is gone.
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

    /// Only those who see one of these scopes are concerned.
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
