//! A row of a statement's result.

use std::fmt;

use super::{FromValue, Value, ValueError};

/// A row of a statement's result, while the statement is at it.
pub struct Row<'r> {
    columns: &'r dyn Columns,
}

/// The columns of a row, as a database provides them.
pub(super) trait Columns {
    /// The value of a column; [`ValueError::Kind`] if there is no such column.
    fn value(&self, column: usize) -> Result<Value<'_>, ValueError>;

    /// The name of a column.
    fn name(&self, column: usize) -> Option<String>;

    /// The table and the column that each column of the statement is from.
    fn origins(&self) -> Vec<(String, String)>;
}

impl<'r> Row<'r> {
    pub(super) fn new(columns: &'r dyn Columns) -> Self {
        Self { columns }
    }

    /// Reads a column, counted from 0.
    ///
    /// # Errors
    /// When its value is none of the type.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T, ColumnError> {
        let value = self.columns.value(column);
        value
            .and_then(T::from_value)
            .map_err(|error| ColumnError { column, error })
    }

    /// Whether a column is null.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn is_null(&self, column: usize) -> Result<bool, ColumnError> {
        let value = self.columns.value(column);
        value
            .map(|value| value == Value::Null)
            .map_err(|error| ColumnError { column, error })
    }

    pub(super) fn columns(&self) -> &'r dyn Columns {
        self.columns
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}

/// A column that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ColumnError {
    /// Its index, counted from 0.
    pub column: usize,
    /// Why.
    #[source]
    pub error: ValueError,
}
