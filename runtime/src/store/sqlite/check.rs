//! Finds values in a file that the schema can't read, when the file is opened: one row would keep its list from being
//! loaded.
//!
//! Types of columns and nulls are checked with each start. All rows are read, as the live lists read them, when the
//! file was last served under another contract or under none.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::connection::SqliteRow;
use super::leftover;
use super::schema::{self, Column, affinity, quoted};
use super::table_error::{Fault, TableError};
use crate::store::unreadable::BadValue;
use crate::store::{ListRead, Row, RowId, StoreDefinition, TableDefinition};

/// The faults, one of each column: the first that was found.
#[derive(Debug, Default)]
struct Faults(BTreeMap<(String, String), Fault>);

impl Faults {
    fn add(&mut self, table: &str, column: &str, what: String, help: String) {
        let (table, column) = (table.to_owned(), column.to_owned());
        self.0
            .entry((table.clone(), column.clone()))
            .or_insert(Fault {
                table,
                column,
                what,
                help,
            });
    }
}

/// Finds what the schema can't read. `was_read` states that all rows could be read under the same contract before.
pub(super) fn stored_rows(
    connection: &Connection,
    definition: &StoreDefinition,
    was_read: bool,
) -> Result<(), TableError> {
    let wanted = schema::empty(definition.tables)?;
    let mut faults = Faults::default();
    for table in definition.tables {
        check_columns(connection, &wanted, table, &mut faults)?;
        if !was_read {
            check_references(connection, &wanted, table, &mut faults)?;
        }
    }
    if !was_read {
        let reads = definition.lists.iter().flat_map(|list| list.reads);
        check_reads(connection, reads, &mut faults)?;
    }
    match faults.0.is_empty() {
        true => Ok(()),
        false => Err(TableError::Unreadable(faults.0.into_values().collect())),
    }
}

fn check_columns(
    connection: &Connection,
    wanted: &Connection,
    table: &TableDefinition,
    faults: &mut Faults,
) -> Result<(), TableError> {
    let found = schema::columns(connection, table.name)?;
    for want in schema::columns(wanted, table.name)? {
        let Some(found) = found.iter().find(|found| found.name == want.name) else {
            continue;
        };
        check_type(table.name, found, &want, faults);
        match (want.required, found.required) {
            (true, false) => check_nulls(connection, table.name, &want.name, faults)?,
            (false, true) if want.name != "id" => {
                leftover::report_required(connection, table, &want)?
            }
            _ => {}
        }
    }
    Ok(())
}

/// A column converts written values to its own type, which may be one that is not read: text of digits into a number.
fn check_type(table: &str, found: &Column, want: &Column, faults: &mut Faults) {
    let changes = matches!(
        (affinity(&found.declared), affinity(&want.declared)),
        ("text", "integer" | "real")
            | ("integer" | "real" | "numeric", "text")
            | ("real", "integer")
    );
    if changes {
        let is = found.declared.to_lowercase();
        let wants = want.declared.to_lowercase();
        let column = &want.name;
        faults.add(
            table,
            column,
            format!("the file keeps it as {is}, and the schema as {wants}"),
            format!(
                "change the field back, or copy the rows into a new column of the type {wants} and give that this name: \
                 ALTER TABLE {} RENAME COLUMN … TO {}",
                quoted(table),
                quoted(column)
            ),
        );
    }
}

fn check_nulls(
    connection: &Connection,
    table: &str,
    column: &str,
    faults: &mut Faults,
) -> Result<(), TableError> {
    let condition = format!("{} IS NULL", quoted(column));
    if let Some((count, first)) = rows_where(connection, table, &condition)? {
        faults.add(
            table,
            column,
            rows(
                count,
                "without a value, but the field must have one",
                &first,
            ),
            null_help(table, column),
        );
    }
    Ok(())
}

fn null_help(table: &str, column: &str) -> String {
    let (table, column) = (quoted(table), quoted(column));
    format!(
        "make the field an `Option` again, or give the rows a value: \
         UPDATE {table} SET {column} = … WHERE {column} IS NULL"
    )
}

/// Relations join rows: one that refers to nothing would be missing in its list, though it exists.
fn check_references(
    connection: &Connection,
    wanted: &Connection,
    table: &TableDefinition,
    faults: &mut Faults,
) -> Result<(), TableError> {
    for reference in schema::references(wanted, table.name)? {
        let (column, parent) = (quoted(&reference.column), quoted(&reference.parent));
        let condition = format!(
            "{column} IS NOT NULL AND {column} NOT IN (SELECT {} FROM {parent})",
            quoted(&reference.parent_column)
        );
        if let Some((count, first)) = rows_where(connection, table.name, &condition)? {
            faults.add(
                table.name,
                &reference.column,
                rows(count, "with a reference to nothing", &first) + &format!(" in `{}`", reference.parent),
                format!(
                    "add those rows, or let these refer to others: UPDATE {} SET {column} = … WHERE {condition}",
                    quoted(table.name)
                ),
            );
        }
    }
    Ok(())
}

/// Finds the rows that an index rejects which can't be created; `None` if rows are not the reason.
pub(super) fn repeated(
    connection: &Connection,
    table: &TableDefinition,
) -> rusqlite::Result<Option<Fault>> {
    let wanted = schema::empty(std::slice::from_ref(table))?;
    for key in schema::unique_keys(&wanted, table.name)? {
        let columns: Vec<String> = key.iter().map(|column| quoted(column)).collect();
        let all = columns.join(", ");
        let given = columns.join(" IS NOT NULL AND ");
        let name = quoted(table.name);
        let condition = format!(
            "({all}) IN (SELECT {all} FROM {name} WHERE {given} IS NOT NULL GROUP BY {all} HAVING count(*) > 1)"
        );
        if let Some((count, first)) = rows_where(connection, table.name, &condition)? {
            return Ok(Some(Fault {
                table: table.name.to_owned(),
                column: key.join("`, `"),
                what: rows(
                    count,
                    "with the same value as another, but it must be unique",
                    &first,
                ),
                help: format!(
                    "take the `unique` back, or change the rows: UPDATE {name} SET … WHERE {condition}"
                ),
            }));
        }
    }
    Ok(None)
}

/// How many rows fulfil a condition, and the id of the first of them; `None` if none does.
fn rows_where(
    connection: &Connection,
    table: &str,
    condition: &str,
) -> rusqlite::Result<Option<(u64, String)>> {
    let has_id = schema::columns(connection, table)?
        .iter()
        .any(|column| column.name == "id");
    let key = if has_id { "\"id\"" } else { "rowid" };
    let sql = format!(
        "SELECT count(*), min({key}) FROM {} WHERE {condition}",
        quoted(table)
    );
    let (count, first): (u64, Option<RowId>) =
        connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let first = first.map_or_else(|| "null".to_owned(), |id| id.to_string());
    Ok((count > 0).then_some((count, first)))
}

fn rows(count: u64, with: &str, first: &str) -> String {
    match count {
        1 => format!("1 row (its id is {first}) {with}"),
        _ => format!("{count} rows (the first has the id {first}) {with}"),
    }
}

/// The values of one column that can't be read.
#[derive(Debug)]
struct BadColumn {
    count: u64,
    first: BadValue,
}

/// Reads all rows of the lists as the lists do, and keeps none.
fn check_reads<'d>(
    connection: &Connection,
    reads: impl Iterator<Item = &'d ListRead>,
    faults: &mut Faults,
) -> Result<(), TableError> {
    let mut worst = BTreeMap::<(String, String), BadColumn>::new();
    for read in reads {
        for (column, bad) in bad_values(connection, read)? {
            // A row may be shown by several lists; the one that has all of them counts.
            let known = worst.get(&column).map_or(0, |known| known.count);
            if bad.count > known {
                worst.insert(column, bad);
            }
        }
    }
    for ((table, column), BadColumn { count, first }) in worst {
        let row = first.id.as_ref().map_or_else(|| "…".to_owned(), literal);
        let id = first.id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        let what = match count {
            1 => format!("the row {id} can't be read: it {}", first.fault),
            _ => format!(
                "{count} rows can't be read, the first of them {id}: it {}",
                first.fault
            ),
        };
        let help = match first.is_null {
            true => null_help(&table, &column),
            false => format!(
                "change the field so that it reads what is there, or the rows: UPDATE {} SET {} = … WHERE id = {row}",
                quoted(&table),
                quoted(&column)
            ),
        };
        faults.add(&table, &column, what, help);
    }
    Ok(())
}

/// An id in a statement.
fn literal(id: &RowId) -> String {
    match id {
        RowId::Int(id) => id.to_string(),
        RowId::Text(id) => format!("'{}'", id.replace('\'', "''")),
    }
}

fn bad_values(
    connection: &Connection,
    read: &ListRead,
) -> Result<BTreeMap<(String, String), BadColumn>, TableError> {
    let mut found = BTreeMap::<(String, String), BadColumn>::new();
    let mut statement = connection.prepare(read.statement.sqlite)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let columns = SqliteRow(row);
        let row = Row::new(&columns);
        let Err(error) = (read.map)(&row) else {
            continue;
        };
        let Some(first) = BadValue::of(&row, &error) else {
            return Err(rusqlite::Error::InvalidColumnIndex(error.column).into());
        };
        found
            .entry((first.table.clone(), first.column.clone()))
            .or_insert(BadColumn { count: 0, first })
            .count += 1;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_a_text_stands_in_quotes_in_a_statement() {
        assert_eq!(literal(&RowId::from(3)), "3");
        assert_eq!(literal(&RowId::from("it's")), "'it''s'");
    }
}
