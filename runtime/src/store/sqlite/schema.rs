//! The tables of a schema as SQLite describes them: read from an empty database in memory that has them, so that no SQL
//! has to be parsed.

use rusqlite::{Connection, Row};

use crate::store::TableDefinition;

/// A column of a table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// The type that it was declared with.
    pub(super) declared: String,
    /// Whether null is rejected.
    pub(super) required: bool,
}

/// A column that refers to rows of another table.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) column: String,
    pub(super) parent: String,
    pub(super) parent_column: String,
}

const COLUMNS: &str = "SELECT name, type, \"notnull\" FROM pragma_table_info(?1)";
const REFERENCES: &str = "
SELECT \"from\", \"table\", coalesce(\"to\", 'id') FROM pragma_foreign_key_list(?1)";
const KEY: &str = "SELECT name FROM pragma_index_info(?1) ORDER BY seqno";
const KEYS: &str = "
SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND origin = 'c' ORDER BY name";

/// An empty database with the tables.
pub(super) fn empty(tables: &[TableDefinition]) -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    for table in tables {
        connection.execute_batch(table.create.sqlite)?;
        for index in table.indexes {
            connection.execute_batch(index.sqlite)?;
        }
    }
    Ok(connection)
}

/// The columns of a table in their order.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    rows(connection, COLUMNS, table, |row| {
        Ok(Column {
            name: row.get(0)?,
            declared: row.get(1)?,
            required: row.get(2)?,
        })
    })
}

/// The columns of a table that refer to rows.
pub(super) fn references(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Reference>> {
    rows(connection, REFERENCES, table, |row| {
        Ok(Reference {
            column: row.get(0)?,
            parent: row.get(1)?,
            parent_column: row.get(2)?,
        })
    })
}

/// The columns of each unique index of a table.
pub(super) fn unique_keys(
    connection: &Connection,
    table: &str,
) -> rusqlite::Result<Vec<Vec<String>>> {
    let indexes = unique_indexes(connection, table)?;
    Ok(indexes.into_iter().map(|(_, columns)| columns).collect())
}

/// Each unique index of a table, with its columns.
pub(super) fn unique_indexes(
    connection: &Connection,
    table: &str,
) -> rusqlite::Result<Vec<(String, Vec<String>)>> {
    let names: Vec<String> = rows(connection, KEYS, table, |row| row.get(0))?;
    let indexes = names.into_iter().map(|name| {
        let columns = rows(connection, KEY, &name, |row| row.get(0))?;
        Ok((name, columns))
    });
    indexes.collect()
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    of: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([of], read)?.collect()
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The type affinity that SQLite derives from the declared type of a column.
pub(super) fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    match () {
        () if has(&["INT"]) => "integer",
        () if has(&["CHAR", "CLOB", "TEXT"]) => "text",
        () if declared.is_empty() || has(&["BLOB"]) => "blob",
        () if has(&["REAL", "FLOA", "DOUB"]) => "real",
        () => "numeric",
    }
}
