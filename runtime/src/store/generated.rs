//! Small steps that generated code takes over and over.

use super::{ColumnError, Row};

/// The default of a field that no input fills; the closure only tells which field.
pub fn default_of<R, F: Default>(_: fn(&R) -> &F) -> F {
    F::default()
}

/// The type of a field of the resource `R`, without its `Option`: the one behind so many others in the struct.
pub type FieldOf<R, const INDEX: usize> = <R as rowcast_schema::FieldOf<INDEX>>::Type;

/// Reads what an optional relation shows, unless the id in column `id_at` is null.
///
/// # Errors
/// When a column can't be read.
pub fn when_present<T>(
    row: &Row<'_>,
    id_at: usize,
    read: impl FnOnce(&Row<'_>) -> Result<T, ColumnError>,
) -> Result<Option<T>, ColumnError> {
    match row.is_null(id_at)? {
        true => Ok(None),
        false => read(row).map(Some),
    }
}
