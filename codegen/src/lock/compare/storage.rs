//! Tables and columns: whether a file of the older contract can be opened, read and written by the newer one.
//!
//! The store adds tables and columns that can be null by itself; it changes and removes nothing.

use rowcast_schema::contract::Codec;
use rowcast_schema::description::OnDelete;

use super::types::{Direction, Types};
use super::{Changes, Impact};
use crate::lock::{Lock, StoredColumn, StoredTable};

pub(super) fn compare(older: &Lock, newer: &Lock, changes: &mut Changes) {
    let types = Types {
        older: &older.wire.types,
        newer: &newer.wire.types,
    };
    for (name, table) in &older.tables {
        match newer.tables.get(name) {
            Some(newer) => compare_table(name, (table, newer), &types, changes),
            None => {
                let message =
                    "is no longer used: its rows stay in the file, where nobody sees them";
                changes.add(
                    Impact::BreaksStoredData,
                    "table-removed",
                    &table_path(name),
                    message,
                );
            }
        }
    }
    for name in newer
        .tables
        .keys()
        .filter(|name| !older.tables.contains_key(*name))
    {
        let message = "is created when the file is opened";
        changes.add(Impact::Safe, "table-added", &table_path(name), message);
    }
}

fn table_path(name: &str) -> String {
    format!("table {name}")
}

fn compare_table(
    name: &str,
    (old, new): (&StoredTable, &StoredTable),
    types: &Types<'_>,
    changes: &mut Changes,
) {
    for (column, stored) in &old.columns {
        let path = format!("column {name}.{column}");
        match (new.columns.get(column), stored.nullable) {
            (Some(newer), _) => compare_column(&path, (stored, newer), types, changes),
            (None, true) => {
                let message = "is no longer used: its values stay in the file";
                changes.add(Impact::Safe, "column-removed", &path, message);
            }
            (None, false) => {
                let message =
                    "is gone, but must have a value in older files: they are refused at start";
                changes.add(Impact::BreaksStoredData, "column-removed", &path, message);
            }
        }
    }
    for key in new.unique.iter().filter(|key| !old.unique.contains(key)) {
        let message = format!(
            "must be unique in {}, which older rows may not be",
            key.join(" and ")
        );
        changes.add(
            Impact::BreaksStoredData,
            "key-unique",
            &table_path(name),
            message,
        );
    }
    for key in old.unique.iter().filter(|key| !new.unique.contains(key)) {
        let message = format!(
            "may repeat {}, which older files go on refusing",
            key.join(" and ")
        );
        changes.add(
            Impact::BreaksStoredData,
            "key-unique",
            &table_path(name),
            message,
        );
    }
    for (column, stored) in &new.columns {
        if old.columns.contains_key(column) {
            continue;
        }
        let path = format!("column {name}.{column}");
        if stored.nullable {
            let message = "is added when the file is opened";
            changes.add(Impact::Safe, "column-added", &path, message);
        } else {
            let message = "must have a value, which rows of older files lack: they are rejected at start; make the field an `Option`, or add the column by hand";
            changes.add(Impact::BreaksStoredData, "column-added", &path, message);
        }
    }
}

fn compare_column(
    path: &str,
    (old, new): (&StoredColumn, &StoredColumn),
    types: &Types<'_>,
    changes: &mut Changes,
) {
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
            "may be null, which the columns of older files refuse",
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
            "may repeat, which older files go on refusing",
        ),
        _ => {}
    }
    if let Some(before) = &old.references
        && new.references.as_ref() != Some(before)
    {
        let message =
            format!("no longer holds ids of `{before}`, which older files go on demanding");
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
                "holds values that can't be read any more: {}",
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
