//! Small steps that generated code takes over and over.

use chrono::{DateTime, SubsecRound, Utc};
use rusqlite::types::ValueRef;
use rusqlite::{Row, ToSql};

use super::Text;

/// The parameters of a statement, each of a type of its own.
pub fn values<'v>(values: &'v [&'v dyn ToSql]) -> &'v [&'v dyn ToSql] {
    values
}

/// The default of a field that no input fills; the closure only tells which field.
pub fn default_of<R, F: Default>(_: fn(&R) -> &F) -> F {
    F::default()
}

/// The time, in the milliseconds that every client's clock has.
pub fn now() -> Text<DateTime<Utc>> {
    Text(Utc::now().trunc_subsecs(3))
}

/// Reads what an optional relation shows, unless the id in column `id_at` is null.
///
/// # Errors
/// When a column can't be read.
pub fn when_present<T>(
    row: &Row<'_>,
    id_at: usize,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(id_at)? {
        ValueRef::Null => Ok(None),
        _ => read(row).map(Some),
    }
}
