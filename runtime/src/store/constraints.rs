//! Turns violated constraints into messages for the fields that they concern.

use rowcast_schema::{FieldCode, FieldErrors};

use super::connection::{Failure, Violation};
use super::{Column, Error, TableDefinition};

/// The error of a rejected insert or update.
pub(super) fn write_error(table: &TableDefinition, failure: Failure) -> Error {
    let fields = match failure.violation {
        Some(Violation::Key(name)) => {
            let mut keys = table.keys.iter();
            let key = keys.find(|key| key.name == name);
            key.map(|key| fields(table, key.columns))
        }
        // Also a key that the schema does not have.
        Some(Violation::KeyOf(columns)) => Some(fields(table, &columns)),
        Some(Violation::Reference) => {
            let message = "refers to something that does not exist";
            return Error::Conflict(FieldErrors::general(message));
        }
        Some(Violation::Restriction) | None => None,
    };
    match fields {
        Some(fields) if !fields.is_empty() => Error::Conflict(taken(&fields)),
        _ => failure.error,
    }
}

/// The error of a rejected delete.
pub(super) fn delete_error(failure: Failure) -> Error {
    match failure.violation {
        Some(Violation::Reference | Violation::Restriction) => {
            Error::Conflict(FieldErrors::general(FieldCode::InUse))
        }
        _ => failure.error,
    }
}

/// The fields of these columns, without the scope, which is given for a row where it is written.
fn fields(table: &TableDefinition, columns: &[impl AsRef<str>]) -> Vec<&'static str> {
    let column_of = |name: &str| table.columns.iter().find(|own| own.name == name);
    let known = columns.iter().filter_map(|name| column_of(name.as_ref()));
    let (scopes, others): (Vec<&Column>, Vec<&Column>) = known.partition(|column| column.is_scope);
    let named = if others.is_empty() { scopes } else { others };
    named.into_iter().map(|column| column.field).collect()
}

/// Another row has the values of these fields.
fn taken(fields: &[&str]) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for field in fields {
        let others = fields.iter().filter(|other| *other != field);
        let with = others.map(|other| (*other).to_owned()).collect();
        errors.add(*field, FieldCode::Taken { with });
    }
    errors
}
