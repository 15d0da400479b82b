//! The SQL of a resource, rendered once, when code is generated, for each kind of database: see [`dialect`].

mod dialect;
mod scopes;
mod select;
mod tables;
mod write;

use rowcast_schema::contract::{Field, FieldKind, Resource};
use sea_query::{Alias, Expr};

pub(super) use dialect::Sql;
pub(super) use scopes::{exists_in, left_behind, scope, strays};
pub(super) use select::{Rows, select, select_children, shown_columns};
pub(super) use tables::{ColumnSql, TableSql, tables};
pub(super) use write::{
    delete, delete_pairs, exists, ids_by, insert, insert_pair, refers, set, touch_owners, update,
};

pub(super) fn name(text: &str) -> Alias {
    Alias::new(text)
}

/// `"coaches"."name"`.
fn column(table: &str, column: &str) -> Expr {
    Expr::col((name(table), name(column)))
}

/// A column that a row is written with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub field: &'a Field,
    pub column: &'a str,
}

/// The columns of a row but the id, in the order of declaration.
pub(super) fn written_columns(resource: &Resource) -> Vec<Written<'_>> {
    let written = |field| written_column(field).map(|column| Written { field, column });
    resource.fields.iter().filter_map(written).collect()
}

/// The columns that a new row has values in. Those that only your code sets, and that can be null, are null at first.
pub(super) fn inserted_columns(resource: &Resource) -> Vec<Written<'_>> {
    let mut written = written_columns(resource);
    written.retain(|written| {
        let Field {
            optional,
            settable,
            stamp,
            ..
        } = written.field;
        !optional || *settable || stamp.is_some()
    });
    written
}

fn written_column(field: &Field) -> Option<&str> {
    match &field.kind {
        FieldKind::Column(column) => Some(&column.name),
        FieldKind::BelongsTo { column, .. } => Some(column),
        FieldKind::Id | FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => None,
    }
}

/// Puts each clause of a statement on a line of its own.
fn lines(sql: &str) -> String {
    const CLAUSES: [&str; 9] = [
        " FROM ",
        " INNER JOIN ",
        " LEFT JOIN ",
        " WHERE ",
        " ORDER BY ",
        " LIMIT ",
        " VALUES ",
        " SET ",
        " FOREIGN KEY ",
    ];
    let mut text = String::with_capacity(sql.len() + 16);
    let (mut rest, mut depth, mut quoted) = (sql, 0_u32, false);
    while let Some(character) = rest.chars().next() {
        let clause = CLAUSES.iter().any(|clause| rest.starts_with(clause)) && text != "DELETE";
        if clause && depth == 0 && !quoted {
            text.push('\n');
        } else {
            text.push(character);
        }
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        rest = &rest[character.len_utf8()..];
    }
    text.replace("END, ", "END,\n    ")
}
