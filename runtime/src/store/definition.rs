//! What a store keeps, as generated code says it.

use super::{ColumnError, Row, Statement};

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

/// A statement that reads all rows of a list, or what they show of others, and how one of them is read.
#[derive(Debug, Clone, Copy)]
pub struct ListRead {
    pub(super) statement: Statement<'static>,
    pub(super) map: fn(&Row<'_>) -> Result<(), ColumnError>,
}

impl ListRead {
    /// The statement, without parameters; `map` reads a row, and fails where a value is not what the schema says.
    pub const fn new(
        statement: Statement<'static>,
        map: fn(&Row<'_>) -> Result<(), ColumnError>,
    ) -> Self {
        Self { statement, map }
    }
}

/// A table as the schema wants it.
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
    /// What no two rows have in common.
    pub keys: &'static [UniqueKey],
}

/// Columns whose values together belong to one row at most.
#[derive(Debug, Clone, Copy)]
pub struct UniqueKey {
    /// The name of its constraint or index.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [&'static str],
}

impl UniqueKey {
    /// The key by this name, of these columns.
    pub const fn new(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns }
    }
}

/// A column as the schema wants it.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The wire name of the field it keeps, for messages about it.
    pub field: &'static str,
    /// Whether it has the scope of the row. Of a key within a scope, messages name the other fields.
    pub is_scope: bool,
    /// Its type, when it can be null and so be added to a table that has rows.
    pub optional: Option<Statement<'static>>,
}

impl Column {
    /// A column that each row has a value in, of a field by the same name.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            field: name,
            is_scope: false,
            optional: None,
        }
    }

    /// The field that it keeps, where that has another name on the wire.
    pub const fn of(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    /// It has the scope of the row.
    pub const fn scope(self) -> Self {
        Self {
            is_scope: true,
            ..self
        }
    }

    /// The column can be null; `kind` is what stands behind its name in a definition.
    pub const fn optional(self, kind: Statement<'static>) -> Self {
        Self {
            optional: Some(kind),
            ..self
        }
    }
}
