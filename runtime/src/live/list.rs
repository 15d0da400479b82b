//! Live lists: how the rows of a list are loaded, and which views of it exist.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use metrics::{counter, histogram};
use serde_json::value::RawValue;

use super::view::View;
use crate::live::{Access, Action, FieldMask, FieldRule, Verb};
use crate::metrics::{LIST_LOAD_DURATION, LIST_LOADS, OK};
use crate::store::{ChangeLog, Error, FoundRows, ListId, RowId, Scopes, ScopesByKind, Source};

/// A list that clients watch.
pub struct LiveList {
    pub(super) id: ListId,
    pub(super) event: &'static str,
    pub(super) changes_event: String,
    /// The resource of its rows, such as `Coach`: the guard decides by it.
    resource: &'static str,
    /// The kind of the scopes of its rows, such as `Gym`.
    pub(super) scope: Option<&'static str>,
    /// The access that seeing it requires, if the schema declares one.
    pub(super) access: Option<Access>,
    /// Fields of its rows with access rules.
    pub(super) seen_by: &'static [FieldRule],
    pub(super) on_request: bool,
    source: Arc<dyn Source>,
    /// Dropped with the last socket that has the view.
    views: Mutex<HashMap<(Scopes, FieldMask), Weak<View>>>,
}

impl LiveList {
    /// A list that plain sockets receive as the event `name`, and synced ones as `name:changes`.
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
            source: Arc::new(Metered { list: name, source }),
            views: Mutex::default(),
        }
    }

    /// Names the resource of the rows. The [`Guard`](crate::Guard) decides whether a caller may [`Verb::List`] it; by
    /// default the resource has the name of the list.
    pub fn resource(mut self, resource: &'static str) -> Self {
        self.resource = resource;
        self
    }

    /// Sends the whole list to plain sockets only on request, or after a [`Change::reset`](crate::Change::reset): not
    /// after each change.
    pub fn on_request(mut self) -> Self {
        self.on_request = true;
        self
    }

    /// Restricts the visible rows to those with a scope of the caller. `kind` is the kind of scope that the
    /// [`Guard`](crate::Guard) is queried for.
    pub fn scoped(mut self, kind: &'static str) -> Self {
        self.scope = Some(kind);
        self
    }

    /// Restricts the rows to callers that the schema allows to read them: for others the list is empty. The guard's
    /// decision on [`LiveList::resource`] narrows that.
    pub fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// Removes fields from the rows for callers that the schema does not allow to see them.
    pub fn seen_by(mut self, rules: &'static [FieldRule]) -> Self {
        self.seen_by = rules;
        self
    }

    /// The action of watching the list: the same as that of reading a page of it.
    pub(super) fn reading(&self) -> Action {
        Action {
            access: self.access,
            ..Action::new(Verb::List, self.resource)
        }
    }

    /// Whether the schema declares that the visible content depends on the caller.
    fn is_restricted(&self) -> bool {
        self.scope.is_some() || self.access.is_some() || !self.seen_by.is_empty()
    }

    /// The view with these scopes and this mask. A new view counts as published up to now.
    pub(super) fn view(
        &self,
        scopes: Scopes,
        mask: FieldMask,
        change_log: &ChangeLog,
    ) -> Arc<View> {
        let mut views = self.views();
        let key = (scopes, mask);
        if let Some(view) = views.get(&key).and_then(Weak::upgrade) {
            return view;
        }
        views.retain(|_, view| view.strong_count() > 0);
        let published = change_log.cursor(self.id);
        let list = (self.id, self.event, self.is_restricted());
        let view = Arc::new(View::new(
            list,
            Arc::downgrade(&self.source),
            key.clone(),
            published,
        ));
        views.insert(key, Arc::downgrade(&view));
        view
    }

    /// All views that sockets have.
    pub(super) fn active_views(&self) -> Vec<Arc<View>> {
        self.views().values().filter_map(Weak::upgrade).collect()
    }

    fn views(&self) -> MutexGuard<'_, HashMap<(Scopes, FieldMask), Weak<View>>> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
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

/// The lists in the order of their registration, and the change log that drives them.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(super) change_log: Arc<ChangeLog>,
    pub(super) lists: Vec<LiveList>,
}

impl Lists {
    pub(crate) fn new(change_log: Arc<ChangeLog>, lists: Vec<LiveList>) -> Self {
        Self { change_log, lists }
    }

    /// The kinds of scopes that the rows of some lists have; each once.
    pub(crate) fn scopes(&self) -> BTreeSet<&'static str> {
        self.lists.iter().filter_map(|list| list.scope).collect()
    }

    /// Which lists a caller may read, in their order.
    pub(crate) fn readable(&self, may: impl Fn(&Action) -> bool) -> Vec<bool> {
        let lists = self.lists.iter();
        lists.map(|list| may(&list.reading())).collect()
    }

    /// For each list, the fields that a caller may not see.
    pub(crate) fn mask(&self, may: impl Fn(Access) -> bool) -> Vec<FieldMask> {
        let of = |list: &LiveList| FieldMask::of(list.seen_by, &[], &may);
        self.lists.iter().map(of).collect()
    }

    /// For each list, the view of a caller with these scopes and masks.
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

/// Measures a source under the name of its list.
struct Metered<S> {
    list: &'static str,
    source: S,
}

impl<S: Source> Source for Metered<S> {
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        measured(self.list, "whole", self.source.all(scopes))
    }

    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, Error>> {
        measured(self.list, "rows", self.source.by_ids(ids, scopes))
    }
}

fn measured<T: 'static>(
    list: &'static str,
    kind: &'static str,
    load: BoxFuture<'static, Result<T, Error>>,
) -> BoxFuture<'static, Result<T, Error>> {
    async move {
        let begun = Instant::now();
        let loaded = load.await;
        let outcome = match &loaded {
            Ok(_) => OK,
            Err(error) => error.code().as_str(),
        };
        counter!(LIST_LOADS, "list" => list, "kind" => kind, "outcome" => outcome).increment(1);
        histogram!(LIST_LOAD_DURATION, "list" => list, "kind" => kind).record(begun.elapsed());
        loaded
    }
    .boxed()
}
