//! Tables and columns: whether a file of the older contract can be opened, read and written by the newer one.
//!
//! The store adds tables and columns that can be null by itself; it changes and removes nothing.

use std::collections::BTreeSet;

use rowcast_schema::contract::Codec;
use rowcast_schema::description::OnDelete;

use super::renames::quoted;
use super::types::{Direction, Types};
use super::{Changes, Impact, renames};
use crate::lock::{Lock, StoredColumn, StoredTable};

pub(super) fn compare(older: &Lock, newer: &Lock, changes: &mut Changes) {
    let types = Types {
        older: &older.wire.types,
        newer: &newer.wire.types,
    };
    let mut asked = BTreeSet::new();
    for (name, table) in &older.tables {
        if let Some(newer) = newer.tables.get(name) {
            compare_table(name, (table, newer), &types, changes);
            continue;
        }
        let candidates = renames::tables_like(table, (&older.tables, &newer.tables));
        let like = candidates
            .first()
            .map(|first| (*first, &newer.tables[*first]));
        table_removed((name, table), like, &candidates, changes);
        asked.extend(candidates);
    }
    let is_new = |name: &&String| !older.tables.contains_key(*name);
    for name in newer.tables.keys().filter(is_new) {
        if !asked.contains(name.as_str()) {
            let message = "is created when the file is opened";
            changes.add(Impact::Safe, "table-added", &table_path(name), message);
        }
    }
}

fn table_path(name: &str) -> String {
    format!("table {name}")
}

fn table_removed(
    (name, table): (&str, &StoredTable),
    like: Option<(&str, &StoredTable)>,
    candidates: &[&str],
    changes: &mut Changes,
) {
    let path = table_path(name);
    let gone = "is no longer used: its rows stay in the file, and clients see none of them";
    let Some(like) = like else {
        let code = "table-removed";
        return changes.add(Impact::BreaksStoredData, code, &path, gone);
    };
    let names = renames::choice(candidates);
    let message = format!("{gone}; {names}, with such columns, is new: was the table renamed?");
    let attribute = match table.of.contains('.') {
        true => "through",
        false => "plural",
    };
    let help = format!(
        "if so, rename it in each file before the new server opens that: {}; or keep its name: `#[resource({attribute} = \"{name}\")]`",
        renames::statements((name, table), like)
    );
    let code = (renames::POSSIBLE_RENAME, path.as_str());
    changes.add_with_help(Impact::BreaksStoredData, code, message, help);
}

fn compare_table(
    name: &str,
    (old, new): (&StoredTable, &StoredTable),
    types: &Types<'_>,
    changes: &mut Changes,
) {
    let mut asked = BTreeSet::new();
    for (column, stored) in &old.columns {
        if let Some(newer) = new.columns.get(column) {
            compare_column((name, column), (stored, newer), types, changes);
            continue;
        }
        let candidates = renames::columns_like(stored, (old, new));
        let demands = candidates.iter().any(|name| !new.columns[*name].nullable);
        column_removed((name, column), (stored, demands), &candidates, changes);
        asked.extend(candidates);
    }
    compare_keys(name, (&old.unique, &new.unique), changes);
    for (column, stored) in &new.columns {
        if !old.columns.contains_key(column) {
            let is_asked = asked.contains(column.as_str());
            column_added((name, column), stored, is_asked, changes);
        }
    }
}

fn compare_keys(name: &str, (old, new): (&[Vec<String>], &[Vec<String>]), changes: &mut Changes) {
    let path = table_path(name);
    let mut broken = |key: &[String], what: &str, help: &str| {
        let message = format!("{what} in {}", key.join(" and "));
        let code = ("key-unique", path.as_str());
        changes.add_with_help(Impact::BreaksStoredData, code, message, help);
    };
    for key in new.iter().filter(|key| !old.contains(key)) {
        let what = "rejects rows with the same values, which older files may have,";
        let help =
            "the new server does not open such a file, and names the rows: change them first";
        broken(key, what, help);
    }
    for key in old.iter().filter(|key| !new.contains(key)) {
        let what = "accepts rows with the same values, which older files still reject,";
        let help = "drop the unique index of these columns from each file: DROP INDEX …";
        broken(key, what, help);
    }
}

const MAKE_OPTIONAL: &str =
    "make the field an `Option`, or add the column to each file by hand, with a default";

fn column_path((table, column): (&str, &str)) -> String {
    format!("column {table}.{column}")
}

/// `demands` says that a candidate must have a value.
fn column_removed(
    place: (&str, &str),
    (stored, demands): (&StoredColumn, bool),
    candidates: &[&str],
    changes: &mut Changes,
) {
    let path = column_path(place);
    let (table, column) = (quoted(place.0), quoted(place.1));
    let gone = match stored.nullable {
        true => "is no longer used: its values stay in the file, and clients see none of them",
        false => {
            "is no longer used, but older files demand a value in it: the server does not open them"
        }
    };
    let Some(first) = candidates.first() else {
        let help = match (stored.nullable, &stored.references) {
            (true, _) => "if the values are needed, put the field back: the column has its name in Rust, whatever its name on the wire".to_owned(),
            (false, None) => format!(
                "put the field back, or drop the column from each file, after its indexes: ALTER TABLE {table} DROP COLUMN {column}"
            ),
            (false, Some(_)) => "put the field back, or copy the rows of each file into a table without the column, since SQLite drops no column that refers to rows".to_owned(),
        };
        let code = ("column-removed", path.as_str());
        return changes.add_with_help(Impact::BreaksStoredData, code, gone, help);
    };
    let names = renames::choice(candidates);
    let message = format!("{gone}; {names}, of the same type, is new: was the field renamed?");
    let otherwise = match demands {
        true => format!("; if not, {MAKE_OPTIONAL}"),
        false => String::new(),
    };
    let help = format!(
        "if so, rename the column in each file before the new server opens that: ALTER TABLE {table} RENAME COLUMN {column} TO {}; or keep the name of the field in Rust, and give it the new one on the wire by `#[serde(rename = \"…\")]`{otherwise}",
        quoted(first)
    );
    let code = (renames::POSSIBLE_RENAME, path.as_str());
    changes.add_with_help(Impact::BreaksStoredData, code, message, help);
}

/// `is_asked` tells that the column may be an earlier one by another name; the question about that tells of it.
fn column_added(place: (&str, &str), stored: &StoredColumn, is_asked: bool, changes: &mut Changes) {
    let path = column_path(place);
    if is_asked {
        return;
    }
    if stored.nullable {
        let message = "is added when the file is opened";
        return changes.add(Impact::Safe, "column-added", &path, message);
    }
    let message =
        "must have a value, which rows of older files lack: the server does not open them";
    let code = ("column-added", path.as_str());
    changes.add_with_help(Impact::BreaksStoredData, code, message, MAKE_OPTIONAL);
}

fn compare_column(
    place: (&str, &str),
    (old, new): (&StoredColumn, &StoredColumn),
    types: &Types<'_>,
    changes: &mut Changes,
) {
    let path = &column_path(place);
    let mut broken = |code, message: &str| {
        changes.add(Impact::BreaksStoredData, code, path, message);
    };
    // What a codec makes text of is text to those who read it without.
    let same_form =
        old.codec == new.codec || (old.codec, new.codec) == (Codec::Text, Codec::Native);
    if old.kind != new.kind || !same_form {
        broken(
            "column-type",
            "is stored in another form, which older values do not have",
        );
    }
    match (old.nullable, new.nullable) {
        (false, true) => broken(
            "column-null",
            "may be null, which the columns of older files reject",
        ),
        (true, false) => broken(
            "column-null",
            "must have a value, which older rows may lack",
        ),
        _ => {}
    }
    match (old.unique, new.unique) {
        (false, true) => broken(
            "column-unique",
            "must be unique, which older rows may not be",
        ),
        (true, false) => broken(
            "column-unique",
            "may repeat, which older files still reject: drop its unique index from them",
        ),
        _ => {}
    }
    if let Some(before) = &old.references
        && new.references.as_ref() != Some(before)
    {
        let message = format!("no longer holds ids of `{before}`, which older files still demand");
        broken("column-reference", &message);
    }
    if old.on_delete != new.on_delete {
        let message = match new.on_delete {
            OnDelete::Restrict => "keeps the row that it refers to from being deleted",
            OnDelete::Cascade => "lets its row be deleted with the one that it refers to",
            OnDelete::SetNull => "becomes null when the row that it refers to is deleted",
            OnDelete::Remove => "lets its pair go when the row that it refers to is deleted",
        };
        changes.add(Impact::Safe, "on-delete", path, format!("now {message}"));
    }
    let readable = new.reads.as_ref().or(new.value.as_ref());
    if let (Some(value), Some(newer)) = (&old.value, readable) {
        let mut found = Changes::default();
        types.compare(Direction::Accepted, path, (value, newer), &mut found);
        // Rules are checked when values come in, not when they are read from a file.
        let breaking = found.0.into_iter().filter(|change| {
            change.impact == Impact::BreaksClients && change.code != "rule-tightened"
        });
        for change in breaking {
            let message = format!(
                "holds values in older files that its type does not read: it {}",
                change.message
            );
            changes.add(
                Impact::BreaksStoredData,
                "stored-value",
                &change.path,
                message,
            );
        }
    }
}
