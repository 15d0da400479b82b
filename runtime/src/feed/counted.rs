//! Measures how often the rows of a list are loaded, and how long that takes.

use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use metrics::{counter, histogram};
use serde_json::value::RawValue;

use super::list::{FoundRows, Source};
use crate::metrics::{LIST_LOAD_DURATION, LIST_LOADS, OK};
use crate::{RowId, Scopes, StoreError};

/// A source that is measured under the name of its list.
pub(super) struct Counted<S> {
    pub(super) list: &'static str,
    pub(super) source: S,
}

impl<S: Source> Source for Counted<S> {
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, StoreError>> {
        measured(self.list, "whole", self.source.all(scopes))
    }

    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, StoreError>> {
        measured(self.list, "rows", self.source.by_ids(ids, scopes))
    }
}

fn measured<T: 'static>(
    list: &'static str,
    kind: &'static str,
    load: BoxFuture<'static, Result<T, StoreError>>,
) -> BoxFuture<'static, Result<T, StoreError>> {
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
