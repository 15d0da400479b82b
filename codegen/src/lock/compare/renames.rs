//! What may have been renamed: something is gone, and something of the same type is new. That is a question for the
//! author, and never safe: whether it was renamed, a contract does not tell.

use std::collections::BTreeMap;

use rowcast_schema::contract::{Property, Shape};

use super::types::Types;
use crate::lock::{StoredColumn, StoredTable};

/// The code of a change that may be a rename.
pub(super) const POSSIBLE_RENAME: &str = "possible-rename";

/// The columns of `new` that `old` lacks and that hold the same values as `column`.
pub(super) fn columns_like<'t>(
    column: &StoredColumn,
    (old, new): (&StoredTable, &'t StoredTable),
) -> Vec<&'t str> {
    let added = new.columns.iter();
    added
        .filter(|(name, stored)| !old.columns.contains_key(*name) && hold_the_same(column, stored))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// The tables of `new` that `old` lacks and that have the columns of `table`, or most of them.
pub(super) fn tables_like<'t>(
    table: &StoredTable,
    (old, new): (
        &BTreeMap<String, StoredTable>,
        &'t BTreeMap<String, StoredTable>,
    ),
) -> Vec<&'t str> {
    let added = new.iter();
    added
        .filter(|(name, other)| !old.contains_key(*name) && are_alike(table, other))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// Whether two objects have most of their properties in common.
pub(super) fn objects_alike(types: &Types<'_>, (old, new): (&Shape, &Shape)) -> bool {
    let (Some(old), Some(new)) = (properties(types.older, old), properties(types.newer, new))
    else {
        return false;
    };
    let shared = old.iter().filter(|property| {
        let mut others = new.iter();
        others.any(|other| (&property.name, &property.shape) == (&other.name, &other.shape))
    });
    let shared = shared.count();
    shared > 0 && shared * 2 >= old.len().max(new.len())
}

/// The properties of an object but its id, which each row has.
fn properties<'t>(
    types: &'t BTreeMap<String, Shape>,
    shape: &'t Shape,
) -> Option<Vec<&'t Property>> {
    match shape {
        Shape::Named(name) => match types.get(name)? {
            Shape::Named(_) => None,
            shape => properties(types, shape),
        },
        Shape::Object(properties) => Some(
            properties
                .iter()
                .filter(|property| property.name != "id")
                .collect(),
        ),
        _ => None,
    }
}

/// The statements that keep the rows of a table: with its new name, and columns that have new names too.
pub(super) fn statements(
    (name, table): (&str, &StoredTable),
    (new_name, new_table): (&str, &StoredTable),
) -> String {
    let (old, new) = (quoted(name), quoted(new_name));
    let mut statements = vec![format!("ALTER TABLE {old} RENAME TO {new}")];
    let mut taken = Vec::new();
    for (column, stored) in &table.columns {
        if new_table.columns.contains_key(column) {
            continue;
        }
        let mut others = columns_like(stored, (table, new_table)).into_iter();
        if let Some(other) = others.find(|other| !taken.contains(other)) {
            taken.push(other);
            let (column, other) = (quoted(column), quoted(other));
            statements.push(format!(
                "ALTER TABLE {new} RENAME COLUMN {column} TO {other}"
            ));
        }
    }
    statements.join("; ")
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn are_alike(old: &StoredTable, new: &StoredTable) -> bool {
    // Each table of a resource has an id, which says nothing.
    let own = |table: &StoredTable| table.columns.keys().filter(|name| *name != "id").count();
    let shared = old.columns.iter().filter(|(name, column)| {
        let other = new.columns.get(*name);
        *name != "id" && other.is_some_and(|other| hold_the_same(column, other))
    });
    shared.count() * 2 >= own(old).max(own(new))
}

/// Whether the values of one column can be those of the other. The table that they refer to may have another name too.
fn hold_the_same(one: &StoredColumn, other: &StoredColumn) -> bool {
    (one.kind, one.codec, &one.value) == (other.kind, other.codec, &other.value)
        && one.references.is_some() == other.references.is_some()
}

/// `` `a`, `b` or `c` ``
pub(super) fn choice(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
