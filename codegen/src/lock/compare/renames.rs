//! What may have been renamed: something is gone, and something of the same type is new. That is a question for the
//! author, and never safe: whether it was renamed, a contract does not tell.

use std::collections::BTreeMap;

use rowcast_schema::contract::{Property, Shape};

use super::named::Types;
use crate::lock::{StoredColumn, StoredTable};

/// The code of a change that may be a rename.
pub(super) const POSSIBLE_RENAME: &str = "possible-rename";

type Tables = BTreeMap<String, StoredTable>;

/// What each thing that is gone may be now: the names of those that are gone, with the names of what is new and alike.
#[derive(Debug)]
pub(super) struct Candidates<'n>(BTreeMap<&'n str, Vec<&'n str>>);

impl<'n> Candidates<'n> {
    /// What is in `older` only, each with what is in `newer` only and alike.
    fn between<T>(
        older: &'n BTreeMap<String, T>,
        newer: &'n BTreeMap<String, T>,
        is_like: impl Fn(&T, &T) -> bool,
    ) -> Self {
        let gone = older.iter().filter(|(name, _)| !newer.contains_key(*name));
        let found = gone.map(|(name, one)| {
            let added = newer.iter().filter(|(name, _)| !older.contains_key(*name));
            let alike = added.filter(|(_, other)| is_like(one, other));
            (
                name.as_str(),
                alike.map(|(name, _)| name.as_str()).collect(),
            )
        });
        Self(found.collect())
    }

    /// What `old` may be now.
    pub(super) fn of(&self, old: &str) -> &[&'n str] {
        self.0.get(old).map(Vec::as_slice).unwrap_or_default()
    }

    /// What `old` is now, if it was renamed: nothing if that is one of several, or if several may be it.
    pub(super) fn only(&self, old: &str) -> Option<&'n str> {
        let [new] = self.of(old) else { return None };
        let wanted = self.0.values().filter(|news| news.contains(new)).count();
        (wanted == 1).then_some(*new)
    }

    /// Whether something that is gone may be `new` now.
    pub(super) fn contain(&self, new: &str) -> bool {
        self.0.values().any(|news| news.contains(&new))
    }
}

/// The tables of two contracts, in which things may have other names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renames<'t> {
    pub(super) older: &'t Tables,
    pub(super) newer: &'t Tables,
}

impl<'t> Renames<'t> {
    /// What the tables that are gone may be now.
    pub(super) fn tables(self) -> Candidates<'t> {
        Candidates::between(self.older, self.newer, |old, new| self.are_alike(old, new))
    }

    /// What the columns that are gone from a table may be now.
    pub(super) fn columns(self, old: &'t StoredTable, new: &'t StoredTable) -> Candidates<'t> {
        let is_like = |old: &StoredColumn, new: &StoredColumn| self.hold_the_same(old, new);
        Candidates::between(&old.columns, &new.columns, is_like)
    }

    fn are_alike(self, old: &StoredTable, new: &StoredTable) -> bool {
        match (old.is_of_pairs(), new.is_of_pairs()) {
            (true, true) => self.have_the_same_ends(old, new),
            (false, false) => self.have_most_columns_in_common(old, new),
            _ => false,
        }
    }

    /// Whether pairs of one table can be those of the other: of rows of the same tables, by whatever names.
    fn have_the_same_ends(self, old: &StoredTable, new: &StoredTable) -> bool {
        let ends = |table: &'_ StoredTable| -> Vec<String> {
            table
                .columns
                .values()
                .filter_map(|column| column.references.clone())
                .collect()
        };
        let (old, new) = (ends(old), ends(new));
        let is_same = |(old, new): (&String, &String)| self.is_same_table(old, new);
        let forwards = old.iter().zip(&new).all(is_same);
        let backwards = old.iter().zip(new.iter().rev()).all(is_same);
        old.len() == new.len() && (forwards || backwards)
    }

    fn have_most_columns_in_common(self, old: &StoredTable, new: &StoredTable) -> bool {
        have_most_in_common(old, new, |old, new| self.hold_the_same(old, new))
    }

    /// Whether the values of one column can be those of the other. What is hidden becomes nothing that is shown.
    fn hold_the_same(self, one: &StoredColumn, other: &StoredColumn) -> bool {
        have_the_same_type(one, other) && self.refer_to_the_same(one, other)
    }

    /// Whether both refer to rows of the same table, by whatever name, or to none.
    pub(super) fn refer_to_the_same(self, one: &StoredColumn, other: &StoredColumn) -> bool {
        match (&one.references, &other.references) {
            (None, None) => true,
            (Some(one), Some(other)) => self.is_same_table(one, other),
            _ => false,
        }
    }

    /// Whether a table of the older contract may be one of the newer: it is, or it is gone and the other is new and has most
    /// of its columns. What those refer to does not count, since that is what is asked here.
    fn is_same_table(self, old: &str, new: &str) -> bool {
        if old == new {
            return true;
        }
        match (self.older.get(old), self.newer.get(new)) {
            (Some(table), Some(other)) => {
                !(self.newer.contains_key(old) || self.older.contains_key(new))
                    && have_most_in_common(table, other, have_the_same_type)
            }
            _ => false,
        }
    }
}

fn have_most_in_common(
    old: &StoredTable,
    new: &StoredTable,
    is_same: impl Fn(&StoredColumn, &StoredColumn) -> bool,
) -> bool {
    let is_shared = |name: &str| match (old.columns.get(name), new.columns.get(name)) {
        (Some(old), Some(new)) => is_same(old, new),
        _ => false,
    };
    // Each table of a resource has an id, which says nothing, unless it is of another type.
    let own = |table: &StoredTable| table.columns.keys().filter(|name| *name != "id").count();
    let shared = old.columns.keys();
    let shared = shared.filter(|name| *name != "id" && is_shared(name));
    is_shared("id") && shared.count() * 2 >= own(old).max(own(new))
}

/// Whether two columns have the same values but for what they refer to.
fn have_the_same_type(one: &StoredColumn, other: &StoredColumn) -> bool {
    (one.kind, one.codec, &one.value, one.hidden)
        == (other.kind, other.codec, &other.value, other.hidden)
        && one.references.is_some() == other.references.is_some()
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
        Shape::Object(properties) => {
            let own = properties.iter().filter(|property| property.name != "id");
            Some(own.collect())
        }
        _ => None,
    }
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The new name in a statement; the author's to choose if it is not known.
pub(super) fn target(name: Option<&str>) -> String {
    name.map_or_else(|| "…".to_owned(), quoted)
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
