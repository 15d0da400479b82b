//! Rows with a value that does not match the schema: the value, and the ones that were reported.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::{ColumnError, Row, RowId, Value, ValueError};

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
    /// The unreadable value of a row; `None` if no table has it.
    pub(super) fn of(row: &Row<'_>, error: &ColumnError) -> Option<Self> {
        let index = error.column;
        let origins = row.columns().origins();
        let (table, column) = origins.get(index)?.clone();
        // A statement may have several rows of a table; the id is before the other columns of its row.
        let is_id = |(of, name): &(String, String)| name == "id" && *of == table;
        let before = origins.get(..=index)?.iter().rposition(is_id);
        let id = before.or_else(|| origins.iter().position(|(_, name)| name == "id"));
        let (kind, is_null) = match row.columns().value(index) {
            Ok(value) => (value.kind(), value == Value::Null),
            // Text that is not UTF-8.
            Err(_) => ("text", false),
        };
        Some(Self {
            id: row.get(id.unwrap_or(0)).ok(),
            is_null,
            fault: fault(&error.error, kind),
            table,
            column,
        })
    }
}

fn fault(error: &ValueError, found: &str) -> String {
    match error {
        ValueError::OutOfRange(number) => format!("holds {number}, which is out of range"),
        ValueError::Kind => format!("holds {found}"),
        ValueError::Other(reason) => format!("holds {found}: {reason}"),
    }
}

/// Rows that are reported one by one at most; a file with more is damaged as a whole.
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
