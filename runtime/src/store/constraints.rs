//! Turns violated constraints into messages for the fields they concern.

use rowcast_schema::{FieldCode, FieldErrors};

use super::connection::{Failure, Violation};
use super::{Error, TableDefinition, UniqueKey};

/// What an insert or update was refused for.
pub(super) fn refused_write(table: &TableDefinition, failure: Failure) -> Error {
    let key = match failure.violation {
        Some(Violation::Key(name)) => table.key(|key| key.name == name),
        Some(Violation::KeyOf(columns)) => table.key(|key| key.columns == columns),
        Some(Violation::Reference) => {
            let message = "refers to something that does not exist";
            return Error::Conflict(FieldErrors::general(message));
        }
        Some(Violation::Restriction) | None => return failure.error,
    };
    match key {
        Some(key) => Error::Conflict(taken(table, key)),
        // A constraint of the application's own.
        None => failure.error,
    }
}

/// What a delete was refused for.
pub(super) fn refused_delete(failure: Failure) -> Error {
    match failure.violation {
        Some(Violation::Reference | Violation::Restriction) => {
            Error::Conflict(FieldErrors::general(FieldCode::InUse))
        }
        _ => failure.error,
    }
}

/// Another row has these values.
fn taken(table: &TableDefinition, key: &UniqueKey) -> FieldErrors {
    let fields: Vec<&str> = key
        .columns
        .iter()
        .map(|column| {
            let known = table.columns.iter().find(|known| known.name == *column);
            known.map_or(*column, |known| known.field)
        })
        .collect();
    let mut errors = FieldErrors::default();
    for field in &fields {
        let others = fields.iter().filter(|other| *other != field);
        let with = others.map(|other| (*other).to_owned()).collect();
        errors.add(*field, FieldCode::Taken { with });
    }
    errors
}
