//! All live lists of a server.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::audience::Audience;
use super::list::LiveList;
use super::log::Feed;
use crate::Scopes;
use crate::scopes::ScopesByKind;

/// The lists in the order of their registration, and the feed that moves them.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(super) feed: Arc<Feed>,
    pub(super) lists: Vec<LiveList>,
}

impl Lists {
    pub(crate) fn new(feed: Arc<Feed>, lists: Vec<LiveList>) -> Self {
        Self { feed, lists }
    }

    /// What the rows of some lists have scopes of; each once.
    pub(crate) fn scopes(&self) -> BTreeSet<&'static str> {
        self.lists.iter().filter_map(|list| list.scope).collect()
    }

    /// To whom somebody with these scopes belongs, for each list.
    pub(super) fn audiences(&self, scopes: &ScopesByKind) -> Arc<[Arc<Audience>]> {
        let of = |list: &LiveList| match list.scope {
            Some(kind) => list.audience(scopes.of(kind), &self.feed),
            None => list.audience(Scopes::All, &self.feed),
        };
        self.lists.iter().map(of).collect()
    }
}
