//! Lets the feed load the rows of a live list from a [`Database`].

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Database, Reader};
use crate::feed::{FoundRows, Source};
use crate::json::to_json;
use crate::{RowId, Scopes, StoreError};

/// The rows that were read.
pub type Found<R> = Result<Vec<R>, StoreError>;

/// How the rows of a list are read. Rows are encoded on the reader's thread. One that can't be read, since its value was
/// spoiled behind the store's back, is logged and left out of the list; the others are shown.
#[derive(Debug, Clone)]
pub struct RowsOf<R> {
    /// Where to read.
    pub store: Database,
    /// Reads what is seen of the list with these scopes, in the order in which clients see it.
    pub all: fn(&Reader<'_>, &Scopes) -> Found<R>,
    /// Reads the rows with these ids; ids without a row that is seen with these scopes are left out.
    pub by_ids: fn(&Reader<'_>, &[RowId], &Scopes) -> Found<R>,
    /// Tells the id of a row.
    pub id: fn(&R) -> RowId,
}

impl<R: Serialize + 'static> Source for RowsOf<R> {
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, StoreError>> {
        let Self { store, all, .. } = self;
        let (store, all, scopes) = (store.clone(), *all, scopes.clone());
        let reports = store.clone();
        let load = move |reader: &Reader<'_>| {
            let reader = reader.for_live_list();
            let rows = all(&reader, &scopes)?;
            reports.unreadable().report(reader.into_left_out());
            Ok(to_json(&rows)?)
        };
        async move { store.read(load).await }.boxed()
    }

    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, StoreError>> {
        let Self {
            store, by_ids, id, ..
        } = self;
        let (store, by_ids, id, scopes) = (store.clone(), *by_ids, *id, scopes.clone());
        let reports = store.clone();
        let load = move |reader: &Reader<'_>| {
            let reader = reader.for_live_list();
            let rows = by_ids(&reader, &ids, &scopes)?;
            reports.unreadable().report(reader.into_left_out());
            Ok(FoundRows {
                json: to_json(&rows)?,
                ids: rows.iter().map(id).collect(),
            })
        };
        async move { store.read(load).await }.boxed()
    }
}
