//! What a store keeps, as generated code says it.

use rusqlite::Row;

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
    /// A list of which each caller that may watch sees all rows.
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
