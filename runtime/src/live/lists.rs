//! All live lists of a server.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::list::LiveList;
use super::view::View;
use crate::live::{Access, Action, FieldMask};
use crate::store::{ChangeLog, Scopes, ScopesByKind};

/// The lists in the order of their registration, and the change log that moves them.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(super) change_log: Arc<ChangeLog>,
    pub(super) lists: Vec<LiveList>,
}

impl Lists {
    pub(crate) fn new(change_log: Arc<ChangeLog>, lists: Vec<LiveList>) -> Self {
        Self { change_log, lists }
    }

    /// What the rows of some lists have scopes of; each once.
    pub(crate) fn scopes(&self) -> BTreeSet<&'static str> {
        self.lists.iter().filter_map(|list| list.scope).collect()
    }

    /// Which lists a caller may read, in their order.
    pub(crate) fn readable(&self, may: impl Fn(&Action) -> bool) -> Vec<bool> {
        let lists = self.lists.iter();
        lists.map(|list| may(&list.reading())).collect()
    }

    /// Which fields of each list somebody does not see.
    pub(crate) fn mask(&self, may: impl Fn(Access) -> bool) -> Vec<FieldMask> {
        let of = |list: &LiveList| FieldMask::of(list.seen_by, &[], &may);
        self.lists.iter().map(of).collect()
    }

    /// To whom somebody with these scopes, who does not see these fields, belongs, for each list.
    pub(crate) fn views(
        &self,
        readable: &[bool],
        mask: &[FieldMask],
        scopes: &ScopesByKind,
    ) -> Arc<[Arc<View>]> {
        let of = |(index, list): (usize, &LiveList)| {
            let seen = match list.scope {
                _ if readable.get(index) != Some(&true) => Scopes::none(),
                Some(kind) => scopes.of(kind),
                None => Scopes::All,
            };
            let mask = mask.get(index).cloned().unwrap_or_default();
            list.view(seen, mask, &self.change_log)
        };
        self.lists.iter().enumerate().map(of).collect()
    }
}
