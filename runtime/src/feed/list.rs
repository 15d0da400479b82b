//! One live list: how its rows are loaded, and who sees which part of it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use super::audience::Audience;
use super::change::ListId;
use super::counted::Counted;
use super::log::Feed;
use crate::unseen::Unseen;
use crate::{Access, Action, FieldRule, RowId, Scopes, StoreError, Verb};

/// Where the rows of a list come from.
pub trait Source: Send + Sync + 'static {
    /// Loads what is seen of the list with these scopes as a JSON array, in the order in which clients see it. A list can be
    /// sent in parts if that is the order of the ids: numbers by their value, texts by their bytes.
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, StoreError>>;

    /// Loads the rows with these ids; ids without a row that is seen with these scopes are left out.
    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, StoreError>>;
}

/// Rows that were looked for by their ids.
#[derive(Debug)]
pub struct FoundRows {
    /// The rows as a JSON array.
    pub json: Box<RawValue>,
    /// The ids of the rows that were found.
    pub ids: Vec<RowId>,
}

/// A list that clients watch.
pub struct LiveList {
    pub(super) id: ListId,
    pub(super) event: &'static str,
    pub(super) changes_event: String,
    /// The resource whose rows it has, such as `Coach`: what the guard is asked about.
    resource: &'static str,
    /// What the scopes of its rows are, such as `Gym`.
    pub(super) scope: Option<&'static str>,
    /// Who sees it, if the schema declares that.
    pub(super) access: Option<Access>,
    /// Which fields of its rows only some see.
    pub(super) seen_by: &'static [FieldRule],
    pub(super) on_request: bool,
    source: Arc<dyn Source>,
    /// Kept as long as a socket belongs to them.
    audiences: Mutex<HashMap<(Scopes, Unseen), Weak<Audience>>>,
}

impl LiveList {
    /// A list that plain sockets get as the event `name`, and synced ones as `name:changes`.
    pub fn new(id: ListId, name: &'static str, source: impl Source) -> Self {
        Self {
            id,
            event: name,
            changes_event: format!("{name}:changes"),
            resource: name,
            scope: None,
            access: None,
            seen_by: &[],
            on_request: false,
            source: Arc::new(Counted { list: name, source }),
            audiences: Mutex::default(),
        }
    }

    /// Names the resource whose rows the list has. The [`Guard`](crate::Guard) is asked whether a caller may
    /// [`Verb::List`] it; without this, about a resource that has the name of the list.
    pub fn resource(mut self, resource: &'static str) -> Self {
        self.resource = resource;
        self
    }

    /// Sends the whole list to plain sockets only when they ask for it, or after a [`Change::reset`](super::Change::reset): not after each change.
    pub fn on_request(mut self) -> Self {
        self.on_request = true;
        self
    }

    /// Shows everybody only the rows whose scope is one of theirs. `kind` is what the [`Guard`](crate::Guard) is asked for.
    pub fn scoped(mut self, kind: &'static str) -> Self {
        self.scope = Some(kind);
        self
    }

    /// Shows rows to those only whom the schema lets read them: to others the list is empty. What the guard says of
    /// [`LiveList::resource`] narrows that.
    pub fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// Leaves fields out of the rows for those whom the schema does not let see them.
    pub fn seen_by(mut self, rules: &'static [FieldRule]) -> Self {
        self.seen_by = rules;
        self
    }

    /// What a caller does who watches the list: the same as one who reads a page of it.
    pub(super) fn reading(&self) -> Action {
        Action {
            access: self.access,
            ..Action::new(Verb::List, self.resource)
        }
    }

    /// Whether the schema says that not everybody sees the same of it.
    pub(super) fn has_parts(&self) -> bool {
        self.scope.is_some() || self.access.is_some() || !self.seen_by.is_empty()
    }

    /// Those who see the same part of the list. Those who are the first have been told all that has happened so far.
    pub(super) fn audience(&self, scopes: Scopes, unseen: Unseen, feed: &Feed) -> Arc<Audience> {
        let mut audiences = self.audiences();
        let part = (scopes, unseen);
        if let Some(audience) = audiences.get(&part).and_then(Weak::upgrade) {
            return audience;
        }
        audiences.retain(|_, audience| audience.strong_count() > 0);
        let told = feed.cursor(self.id);
        let audience = Arc::new(Audience::new(
            self,
            Arc::downgrade(&self.source),
            part.clone(),
            told,
        ));
        audiences.insert(part, Arc::downgrade(&audience));
        audience
    }

    /// All who see a part of the list.
    pub(super) fn present(&self) -> Vec<Arc<Audience>> {
        self.audiences()
            .values()
            .filter_map(Weak::upgrade)
            .collect()
    }

    fn audiences(&self) -> MutexGuard<'_, HashMap<(Scopes, Unseen), Weak<Audience>>> {
        self.audiences
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LiveList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveList")
            .field("id", &self.id)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}
