//! Creates the tables of a schema, and completes those of a file that an older schema left.

use std::path::PathBuf;

use rusqlite::{Connection, ErrorCode, Row};

use super::check::{self, Fault};
use super::leftover;
use super::schema::{self, quoted};

use crate::store::StoreError;

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
    #[error("{}", lines(.0))]
    Columns(Vec<ColumnFault>),
    #[error("the folder `{}` does not exist\nhelp: create it, or name a file in another folder", .0.display())]
    NoFolder(PathBuf),
    #[error("this is a folder, not a file\nhelp: name a file in it")]
    IsFolder,
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

/// What must be done by hand about a column.
#[derive(Debug, thiserror::Error)]
pub(super) enum ColumnFault {
    #[error(
        "table `{table}` lacks column `{column}`, and rows that are already there would have no value for it\nhelp: {help}"
    )]
    Missing {
        table: &'static str,
        column: &'static str,
        help: String,
    },
    #[error(
        "table `{table}` has a column `{column}` that the schema lacks, which must have a value, so no row can be added\n\
         help: {help}"
    )]
    Unknown {
        table: &'static str,
        column: String,
        help: String,
    },
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

fn lines(faults: &[impl ToString]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Creates and completes all tables, in a transaction that the caller commits if nothing fails.
pub(super) fn prepare(
    connection: &Connection,
    tables: &[TableDefinition],
) -> Result<(), TableError> {
    let mut faults = Vec::new();
    for table in tables {
        run(connection, table, table.create)?;
        faults.extend(complete(connection, table)?);
    }
    if !faults.is_empty() {
        return Err(TableError::Columns(faults));
    }
    // One may be of a column that was missing.
    for table in tables {
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

/// Adds the columns that can be added. What must be done by hand is reported for all columns at once.
fn complete(
    connection: &Connection,
    table: &TableDefinition,
) -> Result<Vec<ColumnFault>, TableError> {
    let found = schema::columns(connection, table.name)?;
    let is_there = |name: &str| found.iter().any(|column| column.name == name);
    let (mut added, mut faults) = (Vec::new(), Vec::new());
    for column in table.columns.iter().filter(|own| !is_there(own.name)) {
        match column.add {
            Some(add) => {
                run(connection, table, add)?;
                added.push(column.name);
            }
            None => faults.push(ColumnFault::Missing {
                table: table.name,
                column: column.name,
                help: help_for_missing(connection, table, column.name)?,
            }),
        }
    }
    let mut missing = Vec::new();
    if !faults.is_empty() {
        missing = schema::columns(&schema::empty(std::slice::from_ref(table))?, table.name)?;
        missing.retain(|want| !is_there(&want.name));
    }
    for column in leftover::columns(connection, table)? {
        // It may be a missing one by an earlier name, of which the help for that tells.
        let mut missing = missing.iter();
        let may_be_missing = missing.any(|want| leftover::is_alike(want, &column));
        if !may_be_missing && must_be_given(connection, table.name, &column.name)? {
            faults.push(ColumnFault::Unknown {
                table: table.name,
                help: help_for_unknown(connection, table, &column, &added)?,
                column: column.name,
            });
        }
    }
    Ok(faults)
}

/// Whether an insert that does not name the column fails.
fn must_be_given(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT \"notnull\" AND dflt_value IS NULL AND NOT pk FROM pragma_table_info(?1) WHERE name = ?2";
    connection.query_row(sql, [table, column], |row| row.get(0))
}

/// What can be done about a column that the file lacks. Only the columns of fields can be made to do without a value.
fn help_for_missing(
    connection: &Connection,
    table: &TableDefinition,
    column: &str,
) -> rusqlite::Result<String> {
    let empty = schema::empty(std::slice::from_ref(table))?;
    let wanted = schema::columns(&empty, table.name)?;
    let of = quoted(table.name);
    let is_unique = schema::unique_keys(&empty, table.name)?.contains(&vec![column.to_owned()]);
    let mut references = schema::references(&empty, table.name)?.into_iter();
    let refers = references.any(|reference| reference.column == column);
    let want = wanted.iter().find(|own| own.name == column);
    let mut ways = Vec::new();
    for other in leftover::columns(connection, table)? {
        if want.is_some_and(|want| leftover::is_alike(want, &other)) {
            ways.push(format!(
                "if it was `{}` before, rename it in the file: ALTER TABLE {of} RENAME COLUMN {} TO {}",
                other.name,
                quoted(&other.name),
                quoted(column)
            ));
        }
    }
    let holds_rows = table.columns.iter().any(|own| own.name == "id");
    if column == "id" || !holds_rows {
        ways.push(format!(
            "if the table is another one, give it another name, and a new one is created: ALTER TABLE {of} RENAME TO …"
        ));
    } else if is_unique || refers {
        // SQLite adds neither with one value for all rows.
        ways.push("make the field an `Option`".to_owned());
    } else {
        let declared = want.map_or("…", |want| want.declared.as_str());
        ways.push(format!(
            "make the field an `Option`, or add the column to the file by hand: \
             ALTER TABLE {of} ADD COLUMN {} {declared} NOT NULL DEFAULT …",
            quoted(column)
        ));
    }
    Ok(ways.join("; otherwise "))
}

/// What can be done about a column that the schema lacks; it may be one of those that were to be added.
fn help_for_unknown(
    connection: &Connection,
    table: &TableDefinition,
    column: &schema::Column,
    added: &[&str],
) -> rusqlite::Result<String> {
    let of = quoted(table.name);
    let alike = leftover::like(connection, table, column)?;
    let mut ways: Vec<String> = Vec::new();
    for new in alike.iter().filter(|new| added.contains(&new.as_str())) {
        ways.push(format!(
            "if the field is `{new}` now, rename the column in the file: ALTER TABLE {of} RENAME COLUMN {} TO {}",
            quoted(&column.name),
            quoted(new)
        ));
    }
    ways.push(format!(
        "put the field back into the schema, or {}",
        leftover::drop_column(connection, table.name, &column.name)?
    ));
    Ok(ways.join("; otherwise "))
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
