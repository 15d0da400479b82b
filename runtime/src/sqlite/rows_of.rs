//! Lets the feed load the rows of a live list from a [`Database`].

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{Database, Reader};
use crate::feed::{FoundRows, Source};
use crate::{RowId, StoreError};

/// How the rows of a list are read. Rows are encoded on the reader's thread.
#[derive(Debug, Clone)]
pub struct RowsOf<R> {
    /// Where to read.
    pub store: Database,
    /// Reads the whole list, in the order in which clients see it.
    pub all: fn(&Reader<'_>) -> Result<Vec<R>, StoreError>,
    /// Reads the rows with these ids; ids without a row are left out.
    pub by_ids: fn(&Reader<'_>, &[RowId]) -> Result<Vec<R>, StoreError>,
    /// Tells the id of a row.
    pub id: fn(&R) -> RowId,
}

impl<R: Serialize + 'static> Source for RowsOf<R> {
    fn all(&self) -> BoxFuture<'static, Result<Box<RawValue>, StoreError>> {
        let Self { store, all, .. } = self;
        let (store, all) = (store.clone(), *all);
        async move {
            store
                .read(move |reader| Ok(to_raw_value(&all(reader)?)?))
                .await
        }
        .boxed()
    }

    fn by_ids(&self, ids: Vec<RowId>) -> BoxFuture<'static, Result<FoundRows, StoreError>> {
        let Self {
            store, by_ids, id, ..
        } = self;
        let (store, by_ids, id) = (store.clone(), *by_ids, *id);
        let load = move |reader: &Reader<'_>| {
            let rows = by_ids(reader, &ids)?;
            Ok(FoundRows {
                json: to_raw_value(&rows)?,
                ids: rows.iter().map(id).collect(),
            })
        };
        async move { store.read(load).await }.boxed()
    }
}
