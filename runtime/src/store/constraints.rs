//! Turns violated constraints into messages for the fields they concern.

use rowcast_schema::{FieldCode, FieldErrors};
use rusqlite::ffi;

use super::TableDefinition;
use crate::store::StoreError;

/// What an insert or update was refused for.
pub(super) fn refused_write(table: &TableDefinition, error: rusqlite::Error) -> StoreError {
    match error.sqlite_extended_error_code() {
        Some(
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID,
        ) => StoreError::Conflict(taken(table, &error.to_string())),
        Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => StoreError::Conflict(FieldErrors::general(
            "refers to something that does not exist",
        )),
        _ => error.into(),
    }
}

/// What a delete was refused for.
pub(super) fn refused_delete(error: rusqlite::Error) -> StoreError {
    match error.sqlite_extended_error_code() {
        // `ON DELETE RESTRICT` reports itself as a trigger.
        Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER) => {
            StoreError::Conflict(FieldErrors::general(FieldCode::InUse))
        }
        _ => error.into(),
    }
}

/// SQLite says `UNIQUE constraint failed: coaches.username, coaches.age`, or names the index if it has expressions.
fn taken(table: &TableDefinition, text: &str) -> FieldErrors {
    let columns = text
        .rsplit_once("failed: ")
        .map_or("", |(_, columns)| columns);
    let field_of = |column: &str| {
        let (_, name) = column.rsplit_once('.')?;
        let known = table.columns.iter().find(|known| known.name == name)?;
        Some(known.field)
    };
    let fields: Vec<&str> = columns
        .split(", ")
        .map(|column| field_of(column).unwrap_or_default())
        .collect();
    let mut errors = FieldErrors::default();
    for field in &fields {
        let others = fields.iter().filter(|other| *other != field);
        let with = others.map(|other| (*other).to_owned()).collect();
        errors.add(*field, FieldCode::Taken { with });
    }
    errors
}
