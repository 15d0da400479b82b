//! The definition of a store, as generated code declares it.

use super::{ColumnError, Row, Statement};

/// The tables and lists of a store, as the schema defines them.
#[derive(Debug, Clone, Copy)]
pub struct StoreDefinition {
    /// Its tables.
    pub tables: &'static [TableDefinition],
    /// The live lists, in the order of their [`ListId`](crate::ListId)s.
    pub lists: &'static [ListDefinition],
    /// Identifies the form of the rows for clients. When a file was last served under another contract, clients are
    /// sent whole lists instead of the changes that they missed.
    pub contract: &'static str,
}

/// A live list in the store.
#[derive(Debug, Clone, Copy)]
pub struct ListDefinition {
    /// Its name in the file.
    pub name: &'static str,
    /// The statements that read its rows, so that unreadable ones are found when the store is opened.
    pub reads: &'static [ListRead],
    /// Selects the scope of the row with an id, if its rows have one.
    pub scope: Option<Statement<'static>>,
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

    /// The rows have scopes; `statement` selects that of the row with an id.
    pub const fn scoped(self, statement: Statement<'static>) -> Self {
        Self {
            scope: Some(statement),
            ..self
        }
    }
}

/// A statement that reads all rows of a list, or the rows that they show of others, and the function that maps a row.
#[derive(Debug, Clone, Copy)]
pub struct ListRead {
    pub(super) statement: Statement<'static>,
    pub(super) map: fn(&Row<'_>) -> Result<(), ColumnError>,
}

impl ListRead {
    /// The statement, without parameters; `map` reads a row, and fails where a value does not match the schema.
    pub const fn new(
        statement: Statement<'static>,
        map: fn(&Row<'_>) -> Result<(), ColumnError>,
    ) -> Self {
        Self { statement, map }
    }
}

/// A table as the schema defines it.
#[derive(Debug, Clone, Copy)]
pub struct TableDefinition {
    /// Its name.
    pub name: &'static str,
    /// `CREATE TABLE IF NOT EXISTS …`
    pub create: Statement<'static>,
    /// `CREATE INDEX IF NOT EXISTS …`, one each.
    pub indexes: &'static [Statement<'static>],
    /// Its columns.
    pub columns: &'static [Column],
    /// Keys whose values are unique.
    pub keys: &'static [UniqueKey],
}

/// Columns whose combined values occur in one row at most.
#[derive(Debug, Clone, Copy)]
pub struct UniqueKey {
    /// The name of its constraint or index.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [&'static str],
}

impl UniqueKey {
    /// The key with this name and these columns.
    pub const fn new(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns }
    }
}

/// A column as the schema defines it.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The wire name of its field, for messages about it.
    pub field: &'static str,
    /// Whether it has the scope of the row. For a key within a scope, messages name the other fields.
    pub is_scope: bool,
    /// Its type, if it is nullable and can therefore be added to a table with rows.
    pub optional: Option<Statement<'static>>,
}

impl Column {
    /// A column with a value in each row, of a field with the same name.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            field: name,
            is_scope: false,
            optional: None,
        }
    }

    /// Sets its field, where that has another name on the wire.
    pub const fn of(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    /// Marks it as the scope of the row.
    pub const fn scope(self) -> Self {
        Self {
            is_scope: true,
            ..self
        }
    }

    /// Makes the column nullable; `kind` follows its name in a definition.
    pub const fn optional(self, kind: Statement<'static>) -> Self {
        Self {
            optional: Some(kind),
            ..self
        }
    }
}
