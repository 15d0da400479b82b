//! Tables and columns: whether a file of the older contract can be opened, read and written by the newer one.
//!
//! The store adds tables and columns that can be null by itself; it changes and removes nothing.

use rowcast_schema::contract::Codec;
use rowcast_schema::description::OnDelete;

use super::named::Types;
use super::renames::{Candidates, Renames, choice, quoted, target};
use super::types::Direction;
use super::{Changes, Impact, renames};
use crate::lock::{Lock, StoredColumn, StoredTable};

/// The two contracts.
#[derive(Clone, Copy)]
struct Contracts<'c> {
    types: &'c Types<'c>,
    renames: Renames<'c>,
}

pub(super) fn compare(older: &Lock, newer: &Lock, changes: &mut Changes) {
    let types = Types {
        older: &older.wire.types,
        newer: &newer.wire.types,
    };
    let renames = Renames {
        older: &older.tables,
        newer: &newer.tables,
    };
    let contracts = Contracts {
        types: &types,
        renames,
    };
    let candidates = renames.tables();
    for (name, table) in &older.tables {
        match newer.tables.get(name) {
            Some(newer) => compare_table(name, (table, newer), contracts, changes),
            None => table_removed((name, table), &candidates, contracts, changes),
        }
    }
    let is_new = |name: &&String| !older.tables.contains_key(*name);
    for name in newer.tables.keys().filter(is_new) {
        if !candidates.contain(name) {
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
    candidates: &Candidates<'_>,
    contracts: Contracts<'_>,
    changes: &mut Changes,
) {
    let path = table_path(name);
    let gone = "is no longer used: its rows stay in the file, and clients see none of them";
    if candidates.of(name).is_empty() {
        let code = "table-removed";
        let help = "put it back if its rows are needed, or copy them from the file: nothing deletes them there";
        return changes.add_with_help(Impact::BreaksStoredData, (code, path.as_str()), gone, help);
    }
    let names = choice(candidates.of(name));
    let message = format!("{gone}; {names}, with such columns, is new: was the table renamed?");
    let attribute = match table.is_of_pairs() {
        true => "through",
        false => "plural",
    };
    let only = candidates.only(name);
    let newer = only.map(|new| (new, &contracts.renames.newer[new]));
    // Its columns are named after resources, and ask for no answers of their own.
    let columns = newer.filter(|_| table.is_of_pairs()).map(|(new, newer)| {
        let candidates = contracts.renames.columns(table, newer);
        let columns = table.columns.keys().filter_map(|column| {
            let to = quoted(candidates.only(column)?);
            let (table, from) = (quoted(new), quoted(column));
            Some(format!(
                "; ALTER TABLE {table} RENAME COLUMN {from} TO {to}"
            ))
        });
        columns.collect::<String>()
    });
    let mut help = format!(
        "if so, rename it in each file before the new server opens that: ALTER TABLE {} RENAME TO {}{}; or keep its name: `#[resource({attribute} = \"{name}\")]`",
        quoted(name),
        target(only),
        columns.unwrap_or_default()
    );
    if let Some((new, newer)) = newer.filter(|_| !table.is_of_pairs()) {
        help += &afterwards(|changes| compare_table(new, (table, newer), contracts, changes));
    }
    let code = (renames::POSSIBLE_RENAME, path.as_str());
    changes.add_with_help(Impact::BreaksStoredData, code, message, help);
}

/// What else is to be done when a thing was renamed: what breaks stored data between its two forms.
fn afterwards(compare: impl FnOnce(&mut Changes)) -> String {
    let mut found = Changes::default();
    compare(&mut found);
    let breaking = found
        .0
        .iter()
        .filter(|change| change.impact != Impact::Safe);
    breaking
        .map(|change| format!("\n  then: {}", change.text()))
        .collect()
}

fn compare_table(
    name: &str,
    (old, new): (&StoredTable, &StoredTable),
    contracts: Contracts<'_>,
    changes: &mut Changes,
) {
    let candidates = contracts.renames.columns(old, new);
    for (column, stored) in &old.columns {
        let place = (name, column.as_str());
        match new.columns.get(column) {
            Some(newer) => compare_column(place, (stored, newer), contracts, changes),
            None => column_removed(place, (stored, old, new), &candidates, contracts, changes),
        }
    }
    // A column that may have been renamed is asked about already.
    let renamed = |column: &String| candidates.only(column).unwrap_or(column).to_owned();
    let keys = old.unique.iter();
    let keys: Vec<Vec<String>> = keys.map(|key| key.iter().map(renamed).collect()).collect();
    compare_keys(name, (&keys, &new.unique), changes);
    for (column, stored) in &new.columns {
        if !old.columns.contains_key(column) && !candidates.contain(column) {
            column_added((name, column), stored, changes);
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
        let help =
            "drop the unique index from each file: the new server names it when it opens one";
        broken(key, what, help);
    }
}

/// What can be done about a column that older files lack.
fn way_to_add(column: &StoredColumn) -> &'static str {
    match column.unique || column.references.is_some() {
        // SQLite adds neither with a default.
        true => "make the field an `Option`",
        false => {
            "make the field an `Option`, or add the column to each file by hand, with a default"
        }
    }
}

fn column_path((table, column): (&str, &str)) -> String {
    format!("column {table}.{column}")
}

/// `stored` is gone from a table that is `table` now.
fn column_removed(
    place: (&str, &str),
    (stored, older, table): (&StoredColumn, &StoredTable, &StoredTable),
    candidates: &Candidates<'_>,
    contracts: Contracts<'_>,
    changes: &mut Changes,
) {
    let path = column_path(place);
    let gone = match stored.nullable {
        true => "is no longer used: its values stay in the file, and clients see none of them",
        false => {
            "is no longer used, but older files demand a value in it: the server does not open them"
        }
    };
    let news = candidates.of(place.1);
    if news.is_empty() {
        let code = ("column-removed", path.as_str());
        let help = way_to_remove(place, stored);
        return changes.add_with_help(Impact::BreaksStoredData, code, gone, help);
    }
    let names = choice(news);
    let message = format!("{gone}; {names}, of the same type, is new: was the field renamed?");
    let only = candidates.only(place.1);
    let mut help = format!(
        "if so, rename the column in each file before the new server opens that: ALTER TABLE {} RENAME COLUMN {} TO {}{}; or keep the name of the field in Rust, and give it the new one on the wire by `#[serde(rename = \"…\")]`",
        quoted(place.0),
        quoted(place.1),
        target(only),
        indexes_of(place, stored, older)
    );
    let mut required = news.iter().map(|new| &table.columns[*new]);
    if let Some(new) = required.find(|new| !new.nullable) {
        help += &format!("; if not, {}", way_to_add(new));
    }
    if let Some(new) = only {
        let columns = (stored, &table.columns[new]);
        help += &afterwards(|changes| compare_column((place.0, new), columns, contracts, changes));
    }
    let code = (renames::POSSIBLE_RENAME, path.as_str());
    changes.add_with_help(Impact::BreaksStoredData, code, message, help);
}

/// What the new server would make a second time, by another name.
fn indexes_of((table, column): (&str, &str), stored: &StoredColumn, older: &StoredTable) -> String {
    let is_in = |key: &Vec<String>| key.iter().any(|own| own == column);
    match stored.unique || older.unique.iter().any(is_in) {
        true => format!(
            ", and drop its unique indexes, which that makes again by their new names (SELECT name FROM pragma_index_list('{table}') WHERE \"unique\")"
        ),
        false => String::new(),
    }
}

fn way_to_remove((table, column): (&str, &str), stored: &StoredColumn) -> String {
    match (stored.nullable, &stored.references) {
        (true, _) => "if the values are needed, put the field back: the column has its name in Rust, whatever its name on the wire".to_owned(),
        (false, None) => format!(
            "put the field back, or drop the column from each file, after its indexes: ALTER TABLE {} DROP COLUMN {}",
            quoted(table),
            quoted(column)
        ),
        (false, Some(_)) => "put the field back, or copy the rows of each file into a table without the column, since SQLite drops no column that refers to rows".to_owned(),
    }
}

fn column_added(place: (&str, &str), stored: &StoredColumn, changes: &mut Changes) {
    let path = column_path(place);
    if stored.nullable {
        let message = "is added when the file is opened";
        return changes.add(Impact::Safe, "column-added", &path, message);
    }
    let message =
        "must have a value, which rows of older files lack: the server does not open them";
    let code = ("column-added", path.as_str());
    changes.add_with_help(Impact::BreaksStoredData, code, message, way_to_add(stored));
}

/// Where a column can't become what the schema wants.
const ANOTHER_FIELD: &str = "leave this field as it was, and add one beside it that is an `Option`";

fn compare_column(
    place: (&str, &str),
    (old, new): (&StoredColumn, &StoredColumn),
    contracts: Contracts<'_>,
    changes: &mut Changes,
) {
    let path = &column_path(place);
    let mut broken = |code, message: &str, help: &str| {
        changes.add_with_help(Impact::BreaksStoredData, (code, path), message, help);
    };
    // What a codec makes text of is text to those who read it without.
    let same_form =
        old.codec == new.codec || (old.codec, new.codec) == (Codec::Text, Codec::Native);
    if old.kind != new.kind || !same_form {
        let message = "is stored in another form, which older values do not have";
        broken("column-type", message, ANOTHER_FIELD);
    }
    match (old.nullable, new.nullable) {
        (false, true) => {
            let message = "may be null, which the columns of older files reject";
            broken("column-null", message, ANOTHER_FIELD);
        }
        (true, false) => {
            let message = "must have a value, which older rows may lack";
            let help =
                "leave it an `Option`, and say `#[garde(required)]`, so that inputs must have it";
            broken("column-null", message, help);
        }
        _ => {}
    }
    match (old.unique, new.unique) {
        (false, true) => {
            let (table, column) = (quoted(place.0), quoted(place.1));
            let help = format!(
                "give other values to the rows of each file that this finds: SELECT {column} FROM {table} GROUP BY {column} HAVING count(*) > 1"
            );
            let message = "must be unique, which older rows may not be";
            broken("column-unique", message, &help);
        }
        (true, false) => {
            let message = "may repeat, which older files still reject";
            let help = "drop the unique index, which the new server names when it opens a file";
            broken("column-unique", message, help);
        }
        _ => {}
    }
    if let Some(before) = &old.references
        && !contracts.renames.refer_to_the_same(old, new)
    {
        let message = format!("no longer holds ids of `{before}`, which older files still demand");
        broken("column-reference", &message, ANOTHER_FIELD);
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
    compare_values(path, (old, new), contracts, changes);
}

/// Whether the type reads what older files hold. What it writes itself it reads, however its types tell that.
fn compare_values(
    path: &str,
    (old, new): (&StoredColumn, &StoredColumn),
    contracts: Contracts<'_>,
    changes: &mut Changes,
) {
    let unread = |types: &Types<'_>, held: &StoredColumn| {
        let mut found = Changes::default();
        let readable = new.reads.as_ref().or(new.value.as_ref());
        if let (Some(value), Some(readable)) = (&held.value, readable) {
            types.compare(Direction::Accepted, path, (value, readable), &mut found);
        }
        // Rules are checked when values come in, not when they are read from a file.
        found.0.retain(|change| {
            change.impact == Impact::BreaksClients && change.code != "rule-tightened"
        });
        found.0
    };
    let types = contracts.types;
    let newer = Types {
        older: types.newer,
        newer: types.newer,
    };
    let own = unread(&newer, new);
    for change in unread(types, old) {
        if own.contains(&change) {
            continue;
        }
        let message = format!(
            "holds values in older files that its type does not read: it {}",
            change.message
        );
        let code = ("stored-value", change.path.as_str());
        let help = "let the type read them still, or change these values in each file before";
        changes.add_with_help(Impact::BreaksStoredData, code, message, help);
    }
}
