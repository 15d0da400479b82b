//! How the rows of a live list are loaded.

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use super::{Error, RowId, Scopes};

/// Where the rows of a list come from.
pub trait Source: Send + Sync + 'static {
    /// Loads what is seen of the list with these scopes as a JSON array, in the order in which clients see it. A list can be
    /// sent in parts if that is the order of the ids: numbers by their value, texts by their bytes.
    fn all(&self, scopes: &Scopes) -> BoxFuture<'static, Result<Box<RawValue>, Error>>;

    /// Loads the rows with these ids; ids without a row that is seen with these scopes are left out.
    fn by_ids(
        &self,
        ids: Vec<RowId>,
        scopes: &Scopes,
    ) -> BoxFuture<'static, Result<FoundRows, Error>>;
}

/// Rows that were looked for by their ids.
#[derive(Debug)]
pub struct FoundRows {
    /// The rows as a JSON array.
    pub json: Box<RawValue>,
    /// The ids of the rows that were found.
    pub ids: Vec<RowId>,
}
