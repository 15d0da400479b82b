//! Columns and tables that an older schema left in a file: no list has their values any more, and the values stay.
//!
//! Nothing is removed or renamed here, since a file does not tell whether a field was renamed or removed. Findings are
//! logged, or returned in an error with what may be done.

use rusqlite::Connection;

use super::schema::{self, Column, affinity, quoted};
use crate::store::TableDefinition;

/// The tables that any schema had in this file: others are the application's own, whatever their names.
const OWN_TABLES: &str =
    "CREATE TABLE IF NOT EXISTS rowcast_tables (name TEXT PRIMARY KEY) WITHOUT ROWID";
const TABLES: &str = "
SELECT own.name FROM rowcast_tables own JOIN sqlite_schema found ON found.name = own.name
WHERE found.type = 'table' ORDER BY own.name";
const RECORD_TABLE: &str = "INSERT OR IGNORE INTO rowcast_tables (name) VALUES (?1)";
/// Indexes that a column is part of; those of the table's own definition can't be dropped.
const INDEXES: &str = "
SELECT index_list.name, index_list.origin = 'c' FROM pragma_index_list(?1) index_list
JOIN pragma_index_info(index_list.name) columns ON columns.name = ?2 ORDER BY 1";

const DROP: &str = "drop the column from the file: ";

/// Logs columns and tables that hold values and are not in the schema any more.
pub(super) fn report(connection: &Connection, tables: &[TableDefinition]) -> rusqlite::Result<()> {
    for table in tables {
        for column in columns(connection, table)? {
            if has_values(connection, table.name, &column.name)? {
                report_column(connection, table, &column)?;
            }
        }
    }
    report_indexes(connection, tables)?;
    report_tables(connection, tables)
}

/// Logs the unique indexes of an earlier schema, which still reject rows.
fn report_indexes(connection: &Connection, tables: &[TableDefinition]) -> rusqlite::Result<()> {
    let wanted = schema::empty(tables)?;
    for table in tables {
        let known = schema::unique_keys(&wanted, table.name)?;
        let found = schema::unique_indexes(connection, table.name)?;
        for (index, columns) in found.iter().filter(|(_, columns)| !known.contains(columns)) {
            tracing::warn!(
                table = table.name,
                columns = columns.join(", "),
                help = %format!("if rows may have the same values now: DROP INDEX {}", quoted(index)),
                "the file has a unique index that is no key of the schema any more, and still rejects rows"
            );
        }
    }
    Ok(())
}

/// The columns of a file that the schema lacks.
pub(super) fn columns(
    connection: &Connection,
    table: &TableDefinition,
) -> rusqlite::Result<Vec<Column>> {
    let mut found = schema::columns(connection, table.name)?;
    let is_known = |name: &str| table.columns.iter().any(|own| own.name == name);
    found.retain(|column| !is_known(&column.name));
    Ok(found)
}

fn report_column(
    connection: &Connection,
    table: &TableDefinition,
    column: &Column,
) -> rusqlite::Result<()> {
    let (of, name) = (quoted(table.name), quoted(&column.name));
    let mut help = String::new();
    for empty in empty_columns(connection, table, column)? {
        let empty = quoted(&empty);
        help += &format!(
            "if the field was renamed, take its values over: UPDATE {of} SET {empty} = {name} WHERE {empty} IS NULL; then call `refresh_all` for clients that are connected; then, or "
        );
    }
    help += &format!(
        "if the values are not needed, {}; otherwise put the field back",
        drop_column(connection, table.name, &column.name)?
    );
    tracing::warn!(
        table = table.name,
        column = column.name,
        %help,
        "the file has values in a column that is no field of the schema any more, so no client sees them"
    );
    Ok(())
}

/// Logs that a column of the file rejects null, though its field is an `Option` now.
pub(super) fn report_required(
    connection: &Connection,
    table: &TableDefinition,
    column: &Column,
) -> rusqlite::Result<()> {
    let drop = drop_column(connection, table.name, &column.name)?;
    let (of, name) = (quoted(table.name), quoted(&column.name));
    let copy = quoted(&format!("{}_new", column.name));
    let help = match drop.strip_prefix(DROP) {
        Some(drop) => format!(
            "let another column take its place: ALTER TABLE {of} ADD COLUMN {copy} {}; UPDATE {of} SET {copy} = {name}; \
             {drop}; ALTER TABLE {of} RENAME COLUMN {copy} TO {name}",
            column.declared
        ),
        None => drop,
    };
    tracing::warn!(
        table = table.name,
        column = column.name,
        %help,
        "the file has a column that rejects null, though its field is an `Option`: writes without a value fail"
    );
    Ok(())
}

/// The columns of the schema that have the same type as `column` and no value in any row.
fn empty_columns(
    connection: &Connection,
    table: &TableDefinition,
    column: &Column,
) -> rusqlite::Result<Vec<String>> {
    let mut empty = Vec::new();
    for other in like(connection, table, column)? {
        if !has_values(connection, table.name, &other)? {
            empty.push(other);
        }
    }
    Ok(empty)
}

/// The columns of the schema, in the file by now, that are nullable and have the same type as `column`.
pub(super) fn like(
    connection: &Connection,
    table: &TableDefinition,
    column: &Column,
) -> rusqlite::Result<Vec<String>> {
    let found = schema::columns(connection, table.name)?.into_iter();
    let is_new = |other: &Column| {
        let mut own = table.columns.iter();
        own.any(|own| own.name == other.name && own.optional.is_some())
    };
    Ok(found
        .filter(|other| is_new(other) && is_alike(other, column))
        .map(|other| other.name)
        .collect())
}

pub(super) fn is_alike(one: &Column, other: &Column) -> bool {
    affinity(&one.declared) == affinity(&other.declared)
}

fn has_values(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<bool> {
    let sql = format!(
        "SELECT 1 FROM {} WHERE {} IS NOT NULL",
        quoted(table),
        quoted(column)
    );
    connection.prepare(&sql)?.exists([])
}

/// How a column can be dropped, as the end of "then …": SQLite rejects some.
pub(super) fn drop_column(
    connection: &Connection,
    table: &str,
    column: &str,
) -> rusqlite::Result<String> {
    let indexes: Vec<(String, bool)> = connection
        .prepare(INDEXES)?
        .query_map([table, column], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let refers = schema::references(connection, table)?
        .iter()
        .any(|reference| reference.column == column);
    if refers || indexes.iter().any(|(_, can_go)| !can_go) {
        return Ok(
            "copy the rows into a table without the column, which SQLite can't drop: https://sqlite.org/lang_altertable.html#otheralter"
                .to_owned(),
        );
    }
    let mut statements: Vec<String> = indexes
        .iter()
        .map(|(index, _)| format!("DROP INDEX {}", quoted(index)))
        .collect();
    statements.push(format!(
        "ALTER TABLE {} DROP COLUMN {}",
        quoted(table),
        quoted(column)
    ));
    Ok(format!("{DROP}{}", statements.join("; ")))
}

/// Logs tables of earlier schemas, join tables included.
pub(super) fn report_tables(
    connection: &Connection,
    tables: &[TableDefinition],
) -> rusqlite::Result<()> {
    connection.execute_batch(OWN_TABLES)?;
    let found: Vec<String> = connection
        .prepare(TABLES)?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for table in tables {
        connection.execute(RECORD_TABLE, [table.name])?;
    }
    for table in found {
        let name = quoted(&table);
        let rows = format!("SELECT 1 FROM {name}");
        let is_known = tables.iter().any(|own| own.name == table);
        if is_known || !connection.prepare(&rows)?.exists([])? {
            continue;
        }
        let new = match tables_like(connection, &table, tables)?.as_slice() {
            [new] => quoted(new),
            _ => "…".to_owned(),
        };
        let help = format!(
            "if its resource or relation was renamed, keep the name of the table (`#[resource(plural = \"…\")]`, `through = \"…\"`), \
             or stop the server and let it take the place of the new one, which is empty: \
             DROP TABLE IF EXISTS {new}; ALTER TABLE {name} RENAME TO {new}; if the rows are not needed: DROP TABLE {name}"
        );
        tracing::warn!(
            table,
            %help,
            "the file has rows in a table that the schema does not have any more, so no client sees them"
        );
    }
    Ok(())
}

/// The tables of the schema that have no rows, and most of the columns of `table`.
fn tables_like(
    connection: &Connection,
    table: &str,
    tables: &[TableDefinition],
) -> rusqlite::Result<Vec<&'static str>> {
    let found = schema::columns(connection, table)?;
    let mut like = Vec::new();
    for other in tables {
        let columns = other.columns.iter();
        let shared = columns.filter(|own| found.iter().any(|column| column.name == own.name));
        let rows = format!("SELECT 1 FROM {}", quoted(other.name));
        if shared.count() * 2 > found.len().max(other.columns.len())
            && !connection.prepare(&rows)?.exists([])?
        {
            like.push(other.name);
        }
    }
    Ok(like)
}
