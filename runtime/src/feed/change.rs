//! What a write does to a live list.

use crate::RowId;

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
}

/// What happened to a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect {
    /// A row was added, or looks different now.
    Put(RowId),
    /// A row is gone.
    Drop(RowId),
    /// Any of its rows may have changed; everybody gets the whole list.
    Reset,
}

impl Change {
    /// A row was added, or looks different now.
    pub fn put(list: ListId, id: impl Into<RowId>) -> Self {
        Self {
            list,
            effect: Effect::Put(id.into()),
        }
    }

    /// A row is gone.
    pub fn drop(list: ListId, id: impl Into<RowId>) -> Self {
        Self {
            list,
            effect: Effect::Drop(id.into()),
        }
    }

    /// Any row may have changed.
    pub fn reset(list: ListId) -> Self {
        Self {
            list,
            effect: Effect::Reset,
        }
    }
}

impl Effect {
    /// The row, if it is a single one.
    pub fn row(&self) -> Option<&RowId> {
        match self {
            Self::Put(id) | Self::Drop(id) => Some(id),
            Self::Reset => None,
        }
    }
}
