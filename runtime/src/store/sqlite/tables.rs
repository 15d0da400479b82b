//! Creates the tables of a schema, and completes those of a file that an older schema left.

use rusqlite::Connection;

use super::check;
use super::leftover;
use super::schema::{self, quoted};
use super::table_error::{ColumnFault, TableError};
use crate::store::TableDefinition;

/// Creates and completes all tables, in a transaction that the caller commits if nothing fails.
pub(super) fn prepare(
    connection: &Connection,
    tables: &[TableDefinition],
) -> Result<(), TableError> {
    let mut faults = Vec::new();
    for table in tables {
        run(connection, table, table.create.sqlite)?;
        faults.extend(complete(connection, table)?);
    }
    if !faults.is_empty() {
        return Err(TableError::Columns(faults));
    }
    // An index may be on a column that was missing.
    for table in tables {
        for index in table.indexes {
            add_index(connection, table, index.sqlite)?;
        }
    }
    Ok(())
}

fn add_index(
    connection: &Connection,
    table: &TableDefinition,
    index: &str,
) -> Result<(), TableError> {
    run(connection, table, index).map_err(|error| match check::repeated(connection, table) {
        Ok(Some(fault)) => TableError::Repeated {
            table: table.name,
            statement: index.to_owned(),
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
        match column.optional {
            Some(kind) => {
                let (of, name) = (quoted(table.name), quoted(column.name));
                let add = format!("ALTER TABLE {of} ADD COLUMN {name} {}", kind.sqlite);
                run(connection, table, &add)?;
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
        // It may be a missing one by an earlier name, which the help for that covers.
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

/// What can be done about a column that the file lacks. Only the columns of fields can be made nullable.
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
    statement: &str,
) -> Result<(), TableError> {
    connection
        .execute_batch(statement)
        .map_err(|source| TableError::Statement {
            table: table.name,
            statement: statement.to_owned(),
            source,
        })
}
