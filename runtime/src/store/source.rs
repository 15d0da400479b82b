//! Loading of the rows of a live list: a [`Source`] of any kind, or [`RowsOf`] a [`Database`].

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::value::RawValue;

use super::sqlite::Database;
use super::{Error, Reader, RowId, Scopes, to_json};

/// The source of a list's rows.
pub trait Source: Send + Sync + 'static {
    /// Loads the rows of the list that are visible with these scopes as a JSON array, in the order in which clients
    /// show them. A list can be sent in parts if that is the order of the ids: numbers by their value, texts by their
    /// bytes.
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, Error>>;

    /// Loads the rows with these ids; ids without a row that is visible with these scopes are left out.
    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, Error>>;
}

/// Rows that were loaded by their ids.
#[derive(Debug)]
pub struct FoundRows {
    /// The rows as a JSON array.
    pub json: Box<RawValue>,
    /// The ids of the rows that were found.
    pub ids: Vec<RowId>,
}

/// The rows that were read.
pub type Found<R> = Result<Vec<R>, Error>;

/// Reads the rows of a list. Rows are encoded on the reader's thread. An unreadable one, whose value was corrupted by
/// other means than the store, is logged and left out of the list; the others are sent.
#[derive(Debug, Clone)]
pub struct RowsOf<R> {
    /// The database.
    pub store: Database,
    /// Reads the rows of the list that are visible with these scopes, in the order in which clients show them.
    pub all: fn(&Reader<'_>, &Scopes) -> Found<R>,
    /// Reads the rows with these ids; ids without a row that is visible with these scopes are left out.
    pub by_ids: fn(&Reader<'_>, &[RowId], &Scopes) -> Found<R>,
    /// Returns the id of a row.
    pub id: fn(&R) -> RowId,
}

impl<R: Serialize + 'static> Source for RowsOf<R> {
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        let Self { store, all, id, .. } = self;
        let (store, all, id, scopes) = (store.clone(), *all, *id, scopes.clone());
        let reports = store.clone();
        let load = move |reader: &Reader<'_>| {
            let reader = reader.for_live_list();
            let rows = all(&reader, &scopes)?;
            reports.unreadable().report(reader.into_left_out());
            Ok(encoded(rows, id)?.0)
        };
        async move { store.read(load).await }.boxed()
    }

    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, Error>> {
        let Self {
            store, by_ids, id, ..
        } = self;
        let (store, by_ids, id, scopes) = (store.clone(), *by_ids, *id, scopes.clone());
        let reports = store.clone();
        let load = move |reader: &Reader<'_>| {
            let reader = reader.for_live_list();
            let rows = by_ids(&reader, &ids, &scopes)?;
            reports.unreadable().report(reader.into_left_out());
            let (json, rows) = encoded(rows, id)?;
            Ok(FoundRows {
                json,
                ids: rows.iter().map(id).collect(),
            })
        };
        async move { store.read(load).await }.boxed()
    }
}

/// The JSON of rows, and the rows in it. A row without a JSON form, such as one with a serializer that divides by zero,
/// is left out and logged, without affecting the others.
fn encoded<R: Serialize>(
    rows: Vec<R>,
    id: fn(&R) -> RowId,
) -> Result<(Box<RawValue>, Vec<R>), Error> {
    if let Ok(json) = to_json(&rows) {
        return Ok((json, rows));
    }
    let mut sent = Vec::new();
    let mut kept = Vec::new();
    for row in rows {
        match to_json(&row) {
            Ok(json) => {
                sent.push(json);
                kept.push(row);
            }
            Err(error) => {
                tracing::error!(id = %id(&row), %error, "a row has no JSON and is left out of its list");
            }
        }
    }
    Ok((to_json(&sent)?, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_json_takes_no_other_with_it() {
        let rows = vec![(1_i64, 0.5), (2, f64::NAN), (3, 1.5)];
        let (json, kept) = encoded(rows, |(id, _)| RowId::Int(*id)).unwrap();
        assert_eq!(json.get(), "[[1,0.5],[3,1.5]]");
        assert_eq!(kept, [(1, 0.5), (3, 1.5)]);
    }
}
