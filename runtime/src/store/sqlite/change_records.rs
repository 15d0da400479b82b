//! The change log in the file, by which positions continue after a restart.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params, params_from_iter};

use crate::store::{
    Change, ChangeLog, ChangeRecord, ChangedRow, Effect, Error, Json, LaterRecord, LaterRecords,
    ListDefinition, Reach, RowId, StoreDefinition, StoredChanges, StoredLog, new_generation,
};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS rowcast_feed (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    contract TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS rowcast_changes (
    list TEXT NOT NULL,
    position INTEGER NOT NULL,
    operation TEXT NOT NULL,
    row_id,
    scopes TEXT,
    PRIMARY KEY (list, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rowcast_epochs (
    list TEXT PRIMARY KEY,
    epoch TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rowcast_contracts (
    contract TEXT PRIMARY KEY,
    name TEXT NOT NULL
) WITHOUT ROWID;
";
// A file from before there were scopes lacks this.
const HAS_SCOPES: &str = "SELECT 1 FROM pragma_table_info('rowcast_changes') WHERE name = 'scopes'";
const ADD_SCOPES: &str = "ALTER TABLE rowcast_changes ADD COLUMN scopes TEXT";
// The columns `epoch` hold generations: until the contract became a part of epochs, the two were the same.
const GENERATION: &str = "SELECT epoch, contract FROM rowcast_feed";
const SET_GENERATION: &str =
    "INSERT OR REPLACE INTO rowcast_feed (id, epoch, contract) VALUES (1, ?1, ?2)";
// A list that was reset is in a generation of its own, the others in that of the file.
const GENERATION_OF: &str = "
SELECT coalesce((SELECT epoch FROM rowcast_epochs WHERE list = ?1), epoch) FROM rowcast_feed";
const SET_GENERATION_OF: &str =
    "INSERT OR REPLACE INTO rowcast_epochs (list, epoch) VALUES (?1, ?2)";
const CONTRACT: &str = "SELECT name FROM rowcast_contracts WHERE contract = ?1";
const SET_CONTRACT: &str =
    "INSERT OR REPLACE INTO rowcast_contracts (contract, name) VALUES (?1, ?2)";
const READ: &str = "
SELECT position, operation, row_id, scopes FROM rowcast_changes
WHERE list = ?1 ORDER BY position DESC LIMIT ?2";
const LATER: &str = "
SELECT position, operation, row_id, scopes FROM rowcast_changes
WHERE list = ?1 AND position > ?2 ORDER BY position";
const APPEND: &str =
    "INSERT INTO rowcast_changes (list, position, operation, row_id, scopes) VALUES ";
/// How many records one statement inserts, the largest number that fits first. There is a prepared statement for each.
const APPENDED: [usize; 4] = [64, 16, 4, 1];
const FORGET: &str = "DELETE FROM rowcast_changes WHERE list = ?1 AND position <= ?2";

/// The number of new changes after which old ones are deleted.
const FORGET_EVERY: u64 = 256;

/// The name that a contract has in epochs. It gets another one when servers of another contract have served the file since: they
/// have written change records by their own rules, of which some lists, scopes and relations of this contract know nothing.
/// Servers of other contracts that are running keep theirs.
fn name_of_contract(connection: &Connection, contract: &str) -> rusqlite::Result<Arc<str>> {
    let stored = connection.query_row(CONTRACT, [contract], |row| row.get(0));
    if is_served_under(connection, contract)?
        && let Some(name) = stored.optional()?
    {
        return Ok(name);
    }
    let name = new_generation();
    connection.execute(SET_CONTRACT, [contract, &*name])?;
    Ok(name)
}

/// Resumes the change log where it ended in the file.
pub(super) fn resume(
    connection: &Connection,
    definition: &StoreDefinition,
    keep: usize,
) -> rusqlite::Result<ChangeLog> {
    let contract = name_of_contract(connection, definition.contract)?;
    let generation = match stored_generation(connection)? {
        Some((generation, _)) => generation,
        None => new_generation(),
    };
    // Written even if nothing changes: this detects at start a file that can't be written.
    connection.execute(SET_GENERATION, [&*generation, definition.contract])?;
    let logs = definition
        .lists
        .iter()
        .map(|list| read(connection, list.name, keep))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(ChangeLog::resume(contract, &generation, keep, logs))
}

/// Creates and completes the tables of the log.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    if !connection.prepare(HAS_SCOPES)?.exists([])? {
        connection.execute_batch(ADD_SCOPES)?;
    }
    Ok(())
}

/// Whether the file was last served under this contract.
pub(super) fn is_served_under(connection: &Connection, contract: &str) -> rusqlite::Result<bool> {
    let stored = stored_generation(connection)?;
    Ok(stored.is_some_and(|(_, written_by)| written_by == contract))
}

/// The generation of the file, and the contract under which it was opened last.
fn stored_generation(connection: &Connection) -> rusqlite::Result<Option<(Arc<str>, String)>> {
    connection
        .query_row(GENERATION, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn read(connection: &Connection, list: &str, keep: usize) -> rusqlite::Result<StoredLog> {
    let mut log = StoredLog {
        generation: connection.query_row(GENERATION_OF, [list], |row| row.get(0))?,
        at: 0,
        changes: VecDeque::new(),
    };
    let mut statement = connection.prepare(READ)?;
    let mut rows = statement.query(params![list, count(keep)])?;
    let mut changes = VecDeque::new();
    let mut next = None;
    while let Some(row) = rows.next()? {
        let at: u64 = row.get(0)?;
        log.at = log.at.max(at);
        // Positions are missing when a backup was restored into the file of a running server.
        if row.get_ref(1)?.as_str()? == RESET || next.is_some_and(|next| next != at) {
            break;
        }
        next = at.checked_sub(1);
        changes.push_front(ChangedRow {
            id: row.get(2)?,
            reach: reach(row)?,
        });
    }
    log.changes = changes;
    Ok(log)
}

/// The reach of a change, by its fourth column.
fn reach(row: &Row<'_>) -> rusqlite::Result<Reach> {
    let Some(scopes) = row.get::<_, Option<Json<Vec<RowId>>>>(3)? else {
        return Ok(Reach::Everybody);
    };
    Ok(Reach::Scopes(scopes.0.into()))
}

/// The change records in a file, as of the moment when the first of them is read.
pub(super) struct InFile<'w> {
    connection: &'w Connection,
    snapshot: OnceCell<Option<Transaction<'w>>>,
}

impl<'w> InFile<'w> {
    pub(super) fn of(connection: &'w Connection) -> Self {
        Self {
            connection,
            snapshot: OnceCell::new(),
        }
    }

    /// Begins a transaction, unless one has begun already.
    fn hold(&self) -> rusqlite::Result<()> {
        if self.snapshot.get().is_none() {
            let is_alone = self.connection.is_autocommit();
            let snapshot = is_alone.then(|| self.connection.unchecked_transaction());
            // It was looked at above.
            let _ = self.snapshot.set(snapshot.transpose()?);
        }
        Ok(())
    }
}

impl StoredChanges for InFile<'_> {
    fn after(&self, list: &ListDefinition, position: u64) -> Result<LaterRecords, Error> {
        self.hold()?;
        let mut generation = self.connection.prepare_cached(GENERATION_OF)?;
        let generation = generation.query_row([list.name], |row| row.get(0));
        let mut later = self.connection.prepare_cached(LATER)?;
        let records = later.query_map(params![list.name, position], |row| {
            let effect = match row.get_ref(1)?.as_str()? {
                RESET => Effect::Reset,
                _ => Effect::Row(row.get(2)?),
            };
            Ok(LaterRecord {
                at: row.get(0)?,
                effect,
                reach: reach(row)?,
            })
        })?;
        Ok(LaterRecords {
            generation: generation.optional()?,
            records: records.collect::<rusqlite::Result<_>>()?,
        })
    }
}

/// Inserts changes with their positions, and the generations that they begin, and deletes those older than the last
/// `keep` of a list.
pub(super) fn append(
    connection: &Connection,
    lists: &[ListDefinition],
    changes: &[ChangeRecord],
    keep: usize,
) -> rusqlite::Result<()> {
    // A list that the store does not have is in memory only.
    let named = |planned: &'_ ChangeRecord| Some(lists.get(planned.change.list.0)?.name);
    let records = changes
        .iter()
        .filter_map(|planned| Some(Record::of(named(planned)?, planned)));
    insert(connection, &records.collect::<Vec<_>>())?;
    for planned in changes {
        let Some(name) = named(planned) else { continue };
        if let Some(generation) = &planned.generation {
            connection
                .prepare_cached(SET_GENERATION_OF)?
                .execute(params![name, generation])?;
        }
        if planned.at % FORGET_EVERY == 0 {
            let last = planned.at.saturating_sub(keep.max(1) as u64);
            connection
                .prepare_cached(FORGET)?
                .execute(params![name, last])?;
        }
    }
    Ok(())
}

/// A change as it is stored.
struct Record<'c> {
    list: &'static str,
    position: u64,
    operation: &'static str,
    row: Option<&'c RowId>,
    scopes: Option<Json<&'c [RowId]>>,
}

impl<'c> Record<'c> {
    fn of(list: &'static str, planned: &'c ChangeRecord) -> Self {
        let Change { effect, reach, .. } = &planned.change;
        Self {
            list,
            position: planned.at,
            operation: operation(effect),
            row: effect.row(),
            scopes: match reach {
                Reach::Everybody => None,
                Reach::Scopes(scopes) => Some(Json(scopes)),
            },
        }
    }

    fn values(&self) -> [&dyn ToSql; 5] {
        [
            &self.list,
            &self.position,
            &self.operation,
            &self.row,
            &self.scopes,
        ]
    }
}

/// Inserts the records, with the largest statements that fit.
fn insert(connection: &Connection, mut records: &[Record<'_>]) -> rusqlite::Result<()> {
    while let Some(count) = APPENDED.iter().find(|count| **count <= records.len()) {
        let (now, later) = records.split_at(*count);
        let sql = format!("{APPEND}{}", vec!["(?, ?, ?, ?, ?)"; *count].join(", "));
        let values = now.iter().flat_map(Record::values);
        connection
            .prepare_cached(&sql)?
            .execute(params_from_iter(values))?;
        records = later;
    }
    Ok(())
}

const RESET: &str = "reset";

fn operation(effect: &Effect) -> &'static str {
    match effect {
        Effect::Row(_) => "put",
        Effect::Reset => RESET,
    }
}

/// SQLite counts in 64 bits with a sign.
fn count(rows: usize) -> i64 {
    i64::try_from(rows.max(1)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ListId;

    #[test]
    fn all_changes_of_a_group_are_kept_with_their_positions() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        let lists = [ListDefinition::new("notes")];
        let change_log = ChangeLog::new(1_000);
        let mut plan = change_log.plan();
        for row in 1..=93 {
            plan.add(vec![
                Change::row(ListId(0), row),
                Change::row(ListId(1), row),
            ]);
        }
        append(&connection, &lists, plan.changes(), 1_000).unwrap();
        let mut kept = connection
            .prepare("SELECT position, row_id, operation FROM rowcast_changes ORDER BY 1")
            .unwrap();
        let kept: Vec<(i64, i64, String)> = kept
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let wanted: Vec<(i64, i64, String)> =
            (1..=93).map(|row| (row, row, "put".into())).collect();
        assert_eq!(kept, wanted);
    }
}
