//! Rows with a value that can't be read as the schema has it: which value that is, and those that were reported.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use rusqlite::types::{Type, ValueRef};
use rusqlite::{Error, Row};

use crate::store::RowId;

/// A value that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct BadValue {
    pub(super) table: String,
    pub(super) column: String,
    /// The id of its row, if the statement has it.
    pub(super) id: Option<RowId>,
    /// What is wrong with it, as the end of "it …".
    pub(super) fault: String,
    pub(super) is_null: bool,
}

impl BadValue {
    /// The value of a row that could not be read; none if the error is of another kind.
    pub(super) fn of(row: &Row<'_>, error: &Error) -> Option<Self> {
        let index = column_of(error)?;
        let statement = row.as_ref();
        let origins: Vec<_> = statement
            .columns_with_metadata()
            .map(|column| {
                let name = column.origin_name().unwrap_or(column.name()).to_owned();
                (column.table_name().unwrap_or_default().to_owned(), name)
            })
            .collect();
        let (table, column) = origins.get(index)?.clone();
        // A statement may show several rows of a table; the id stands before the other columns of its row.
        let is_id = |(of, name): &(String, String)| name == "id" && *of == table;
        let before = origins.get(..=index)?.iter().rposition(is_id);
        let id = before.or_else(|| origins.iter().position(|(_, name)| name == "id"));
        let value = row.get_ref(index).ok()?;
        Some(Self {
            id: row.get(id.unwrap_or(0)).ok(),
            is_null: value == ValueRef::Null,
            fault: fault(error, value.data_type()),
            table,
            column,
        })
    }
}

/// The index of the column that could not be read, if the error is of that kind.
pub(super) fn column_of(error: &Error) -> Option<usize> {
    match error {
        Error::FromSqlConversionFailure(index, ..)
        | Error::IntegralValueOutOfRange(index, _)
        | Error::Utf8Error(index, _)
        | Error::InvalidColumnType(index, ..) => Some(*index),
        _ => None,
    }
}

fn fault(error: &Error, found: Type) -> String {
    match error {
        Error::IntegralValueOutOfRange(_, number) => {
            format!("holds {number}, which is out of range")
        }
        Error::InvalidColumnType(..) => format!("holds {found}", found = word(found)),
        Error::FromSqlConversionFailure(_, _, source) => {
            format!("holds {}: {source}", word(found))
        }
        other => format!("holds {}: {other}", word(found)),
    }
}

fn word(found: Type) -> &'static str {
    match found {
        Type::Null => "null",
        Type::Integer => "an integer",
        Type::Real => "a real number",
        Type::Text => "text",
        Type::Blob => "bytes",
    }
}

/// So many rows are reported one by one; a file with more has been damaged as a whole.
const MAX_REPORTED: usize = 1000;

/// The values that were reported already: each row that a live list leaves out is logged once, not with each load.
#[derive(Debug, Default)]
pub(super) struct Unreadable(Mutex<HashSet<BadValue>>);

impl Unreadable {
    pub(super) fn report(&self, found: Vec<BadValue>) {
        if found.is_empty() {
            return;
        }
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bad in found {
            if reported.len() >= MAX_REPORTED || !reported.insert(bad.clone()) {
                continue;
            }
            let BadValue {
                table,
                column,
                id,
                fault,
                ..
            } = bad;
            let id = id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
            tracing::error!(
                %table, %column, %id, %fault,
                "a row can't be read and is left out of the live lists that show it; \
                 correct it in the file and refresh the lists"
            );
        }
    }
}
