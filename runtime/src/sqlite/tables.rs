//! Creates the tables of a schema, and completes those of a file that an older schema left.

use std::collections::BTreeMap;

use rusqlite::{Connection, ErrorCode, Row};

use super::check::{self, Fault};

use crate::StoreError;

/// What a store keeps, as the schema wants it.
#[derive(Debug, Clone, Copy)]
pub struct StoreDefinition {
    /// Its tables.
    pub tables: &'static [TableDefinition],
    /// The live lists, in the order of their [`ListId`](crate::ListId)s.
    pub lists: &'static [ListDefinition],
    /// Stands for what the rows look like to clients. When a file was last served under another contract, clients get
    /// whole lists instead of what they missed.
    pub contract: &'static str,
}

/// A live list as the store knows it.
#[derive(Debug, Clone, Copy)]
pub struct ListDefinition {
    /// Its name, by which the file knows it.
    pub name: &'static str,
    /// How its rows are read, so that those which can't be are found when the store is opened.
    pub reads: &'static [ListRead],
    /// Selects the scope of the row with an id, if its rows have one.
    pub scope: Option<&'static str>,
}

impl ListDefinition {
    /// A list that everybody who may watch sees all of.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            reads: &[],
            scope: None,
        }
    }

    /// Its rows are read by these statements when the store is opened under another contract.
    pub const fn read_by(self, reads: &'static [ListRead]) -> Self {
        Self { reads, ..self }
    }

    /// The rows have scopes; `sql` selects that of the row with an id.
    pub const fn scoped(self, sql: &'static str) -> Self {
        Self {
            scope: Some(sql),
            ..self
        }
    }
}

/// A statement that reads all rows of a list, or what they show of others, and how one of them is read.
#[derive(Debug, Clone, Copy)]
pub struct ListRead {
    pub(super) sql: &'static str,
    pub(super) map: fn(&Row<'_>) -> rusqlite::Result<()>,
}

impl ListRead {
    /// The statement, without parameters; `map` reads a row, and fails where a value is not what the schema says.
    pub const fn new(sql: &'static str, map: fn(&Row<'_>) -> rusqlite::Result<()>) -> Self {
        Self { sql, map }
    }
}

/// A table as the schema wants it.
#[derive(Debug, Clone, Copy)]
pub struct TableDefinition {
    /// Its name.
    pub name: &'static str,
    /// `CREATE TABLE IF NOT EXISTS …`
    pub create: &'static str,
    /// `CREATE INDEX IF NOT EXISTS …`, one each.
    pub indexes: &'static [&'static str],
    /// Its columns.
    pub columns: &'static [ColumnDefinition],
}

/// A column as the schema wants it.
#[derive(Debug, Clone, Copy)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: &'static str,
    /// The wire name of the field it keeps, for messages about it.
    pub field: &'static str,
    /// `ALTER TABLE … ADD COLUMN …`, when the column can be null or has a default.
    pub add: Option<&'static str>,
}

/// Why the tables of a file can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error(
        "table `{table}` lacks column `{column}`, and rows that are already there would have no value for it\n\
         help: make the field an `Option`, or add the column to the file by hand: \
         ALTER TABLE {table} ADD COLUMN {column} … NOT NULL DEFAULT …"
    )]
    Missing {
        table: &'static str,
        column: &'static str,
    },
    #[error(
        "table `{table}` has a column `{column}` that the schema lacks, which must have a value, so no row can be added\n\
         help: put the field back into the schema, or drop the column from the file: \
         ALTER TABLE {table} DROP COLUMN {column}"
    )]
    Unknown { table: &'static str, column: String },
    #[error("table `{table}` can't be prepared by `{statement}`: {source}")]
    Statement {
        table: &'static str,
        statement: &'static str,
        source: rusqlite::Error,
    },
    #[error("rows of the file can't be used as the schema has them\n{}", lines(.0))]
    Unreadable(Vec<Fault>),
    #[error("table `{table}` can't be prepared by `{statement}`\n{fault}")]
    Repeated {
        table: &'static str,
        statement: &'static str,
        fault: Box<Fault>,
    },
    #[error("the file can be read only, and a server must write it\n{WRITABLE}")]
    ReadOnly,
    #[error("the file can't be written: {0}\n{WRITABLE}")]
    NotWritable(rusqlite::Error),
    #[error("the tables can't be prepared: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the idempotency records can't be prepared: {0}")]
    Records(#[from] StoreError),
    #[error("the file can't be looked at, or a thread can't be started: {0}")]
    System(#[from] std::io::Error),
}

const WRITABLE: &str = "help: the user that the server runs as must be allowed to write the file and its folder, where SQLite \
    keeps files with the endings -wal and -shm beside it; the disk must not be full, nor mounted read-only";

impl TableError {
    /// The same error, with what to do where the file or its folder can't be written.
    pub(super) fn explained(self) -> Self {
        let is_about_writing = |error: &rusqlite::Error| {
            matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::ReadOnly
                        | ErrorCode::CannotOpen
                        | ErrorCode::PermissionDenied
                        | ErrorCode::DiskFull
                        | ErrorCode::SystemIoFailure
                )
            )
        };
        match self {
            Self::Sqlite(source) | Self::Statement { source, .. } if is_about_writing(&source) => {
                Self::NotWritable(source)
            }
            other => other,
        }
    }
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    lines.join("\n")
}

/// Creates and completes all tables, in a transaction that the caller commits if nothing fails.
pub(super) fn prepare(
    connection: &Connection,
    tables: &[TableDefinition],
) -> Result<(), TableError> {
    for table in tables {
        run(connection, table, table.create)?;
        complete(connection, table)?;
        for index in table.indexes {
            add_index(connection, table, index)?;
        }
    }
    Ok(())
}

fn add_index(
    connection: &Connection,
    table: &TableDefinition,
    index: &'static str,
) -> Result<(), TableError> {
    run(connection, table, index).map_err(|error| match check::repeated(connection, table) {
        Ok(Some(fault)) => TableError::Repeated {
            table: table.name,
            statement: index,
            fault: fault.into(),
        },
        _ => error,
    })
}

fn complete(connection: &Connection, table: &TableDefinition) -> Result<(), TableError> {
    let mut found = columns_of(connection, table.name)?;
    for column in table.columns {
        match (found.remove(column.name), column.add) {
            (Some(_), _) => {}
            (None, Some(add)) => run(connection, table, add)?,
            (None, None) => {
                return Err(TableError::Missing {
                    table: table.name,
                    column: column.name,
                });
            }
        }
    }
    match found.into_iter().find(|(_, must_be_given)| *must_be_given) {
        Some((column, _)) => Err(TableError::Unknown {
            table: table.name,
            column,
        }),
        None => Ok(()),
    }
}

/// The columns in the file; whether an insert that does not name the column fails.
fn columns_of(connection: &Connection, table: &str) -> rusqlite::Result<BTreeMap<String, bool>> {
    let sql =
        "SELECT name, \"notnull\" AND dflt_value IS NULL AND NOT pk FROM pragma_table_info(?1)";
    connection
        .prepare(sql)?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn run(
    connection: &Connection,
    table: &TableDefinition,
    statement: &'static str,
) -> Result<(), TableError> {
    connection
        .execute_batch(statement)
        .map_err(|source| TableError::Statement {
            table: table.name,
            statement,
            source,
        })
}
