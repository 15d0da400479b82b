//! Runs statements on a connection of SQLite.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection as SqliteConnection, Statement as Prepared, ToSql, ffi};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::connection::{Connection, Failure, TakeRow, Violation};
use crate::store::row::Columns;
use crate::store::{Error, FromValue, Json, Row, RowId, Statement, ToValue, Value, ValueError};

impl Connection for SqliteConnection {
    fn query(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
        take: &mut TakeRow<'_>,
    ) -> Result<(), Error> {
        let sql = statement.sqlite;
        let failed = |error| internal(sql, None, error);
        let mut prepared = self.prepare_cached(sql).map_err(failed)?;
        bind(&mut prepared, parameters).map_err(failed)?;
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next().map_err(failed)? {
            let columns = SqliteRow(row);
            take(&Row::new(&columns))
                .map_err(|error| internal(sql, columns.name(error.column), error.error))?;
        }
        Ok(())
    }

    fn execute(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
    ) -> Result<usize, Failure> {
        let sql = statement.sqlite;
        let run = || {
            let mut prepared = self.prepare_cached(sql)?;
            bind(&mut prepared, parameters)?;
            prepared.raw_execute()
        };
        run().map_err(|error: rusqlite::Error| Failure {
            violation: violation(&error),
            error: internal(sql, None, error),
        })
    }

    fn last_id(&self) -> i64 {
        self.last_insert_rowid()
    }

    fn check_references_at_once(&self, at_once: bool) -> Result<(), Error> {
        Ok(self.pragma_update(None, "defer_foreign_keys", !at_once)?)
    }
}

/// A row of SQLite.
pub(super) struct SqliteRow<'r>(pub(super) &'r rusqlite::Row<'r>);

impl Columns for SqliteRow<'_> {
    fn value(&self, column: usize) -> Result<Value<'_>, ValueError> {
        let value = self.0.get_ref(column).map_err(ValueError::other)?;
        value_of(value)
    }

    fn name(&self, column: usize) -> Option<String> {
        let name = self.0.as_ref().column_name(column);
        name.ok().map(str::to_owned)
    }

    fn origins(&self) -> Vec<(String, String)> {
        let columns = self.0.as_ref().columns_with_metadata();
        columns
            .map(|column| {
                let name = column.origin_name().unwrap_or(column.name());
                let table = column.table_name().unwrap_or_default();
                (table.to_owned(), name.to_owned())
            })
            .collect()
    }
}

fn bind(prepared: &mut Prepared<'_>, parameters: &[&dyn ToValue]) -> rusqlite::Result<()> {
    let (given, wanted) = (parameters.len(), prepared.parameter_count());
    if given != wanted {
        return Err(rusqlite::Error::InvalidParameterCount(given, wanted));
    }
    for (index, parameter) in parameters.iter().enumerate() {
        let value = parameter
            .to_value()
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        prepared.raw_bind_parameter(index + 1, Bound(value))?;
    }
    Ok(())
}

/// A value as SQLite takes it.
struct Bound<'v>(Value<'v>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match &self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn value_of(value: ValueRef<'_>) -> Result<Value<'_>, ValueError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(ValueError::other)?;
            Value::Text(text.into())
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.into()),
    })
}

/// The change records and idempotency records have ids too.
impl ToSql for RowId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Int(id) => id.to_sql(),
            Self::Text(id) => id.to_sql(),
        }
    }
}

impl FromSql for RowId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value)
    }
}

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self.to_value() {
            Ok(Value::Text(text)) => Ok(text.into_owned().into()),
            Ok(_) => Ok(rusqlite::types::Null.into()),
            Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value)
    }
}

fn read<T: FromValue>(value: ValueRef<'_>) -> FromSqlResult<T> {
    let read = value_of(value).and_then(T::from_value);
    read.map_err(FromSqlError::other)
}

/// The constraint that a statement has violated.
fn violation(error: &rusqlite::Error) -> Option<Violation> {
    match error.sqlite_extended_error_code()? {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => Some(key(&error.to_string())),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(Violation::Reference),
        // `ON DELETE RESTRICT` reports itself as a trigger.
        ffi::SQLITE_CONSTRAINT_TRIGGER => Some(Violation::Restriction),
        _ => None,
    }
}

/// SQLite's message is `UNIQUE constraint failed: coaches.username, coaches.age`, or `… failed: index 'name'` if the
/// index has expressions.
fn key(text: &str) -> Violation {
    let (_, named) = text.rsplit_once("failed: ").unwrap_or_default();
    let index = named.strip_prefix("index '");
    if let Some(name) = index.and_then(|name| name.strip_suffix('\'')) {
        return Violation::Key(name.to_owned());
    }
    let column = |column: &str| {
        let (_, name) = column.rsplit_once('.').unwrap_or(("", column));
        name.to_owned()
    };
    Violation::KeyOf(named.split(", ").map(column).collect())
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy) => Self::Busy,
            _ => Self::Internal(Box::new(error)),
        }
    }
}

/// An error with the statement and column where it happened, for the log.
#[derive(Debug, thiserror::Error)]
#[error("{source} (column {}, in `{sql}`)", column.as_deref().unwrap_or("unknown"))]
struct InStatement {
    sql: String,
    column: Option<String>,
    source: Box<dyn std::error::Error + Send + Sync>,
}

fn internal(
    sql: &str,
    column: Option<String>,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    let source = source.into();
    let busy = source
        .downcast_ref::<rusqlite::Error>()
        .is_some_and(|error| error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy));
    match busy {
        true => Error::Busy,
        false => Error::internal(InStatement {
            sql: sql.to_owned(),
            column,
            source,
        }),
    }
}
