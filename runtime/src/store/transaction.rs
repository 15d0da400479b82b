//! What generated code, hooks and commands see of the database: statements run and rows mapped.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row};

use super::unreadable::{BadValue, column_of};
use super::{ListDefinition, TableDefinition, constraints};
use crate::store::{Change, ListId, RowId, StoreError};

/// Statements that only read. Both a [`Reader`] and a [`Transaction`] can run them.
pub trait Read {
    /// The connection, for what this trait has no method for.
    #[doc(hidden)]
    fn connection(&self) -> &Connection;

    /// Goes on without a row that can't be read, or gives the error back.
    #[doc(hidden)]
    fn leave_out(&self, _: &Row<'_>, error: rusqlite::Error) -> rusqlite::Result<()> {
        Err(error)
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// An internal error that names the statement, and the column where a row can't be mapped.
    fn rows<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        mut map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        each_row(self.connection(), sql, params, |row| {
            match map(row) {
                Ok(value) => found.push(value),
                Err(error) => self.leave_out(row, error)?,
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The first row of a statement, if there is one.
    ///
    /// # Errors
    /// As [`Read::rows`].
    fn row<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, params, map)?.into_iter().next())
    }

    /// All rows of a statement, grouped by its first column.
    ///
    /// # Errors
    /// As [`Read::rows`].
    fn children<K: FromSql + Eq + Hash, T, P: Params>(
        &self,
        sql: &str,
        params: P,
        mut map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Children<K, T>, StoreError> {
        let mut children = Children::new();
        each_row(self.connection(), sql, params, |row| {
            match row.get(0).and_then(|parent| Ok((parent, map(row)?))) {
                Ok((parent, child)) => children.add(parent, child),
                Err(error) => self.leave_out(row, error)?,
            }
            Ok(())
        })?;
        Ok(children)
    }

    /// Tells whether a statement gives a row.
    ///
    /// # Errors
    /// As [`Read::rows`].
    fn exists<P: Params>(&self, sql: &str, params: P) -> Result<bool, StoreError> {
        Ok(self.row(sql, params, |_| Ok(()))?.is_some())
    }
}

/// How far a deletion has come.
#[derive(Debug, Default)]
pub(super) struct Deletion {
    pub(super) under_way: HashSet<(ListId, RowId)>,
    /// The rows that are gone, each with the statements that find rows which still refer to it.
    pub(super) gone: Vec<(&'static [&'static str], RowId)>,
}

/// The scopes that rows were in before a job changed them.
pub(super) type Left = HashMap<(ListId, RowId), BTreeSet<RowId>>;

/// The children of many rows, loaded by one statement; see [`Read::children`].
#[derive(Debug)]
pub struct Children<K, T>(HashMap<K, Vec<T>>);

impl<K: Eq + Hash, T> Children<K, T> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    fn add(&mut self, parent: K, child: T) {
        self.0.entry(parent).or_default().push(child);
    }

    /// Takes the children of one row, in the order in which the statement gave them.
    pub fn take(&mut self, parent: &K) -> Vec<T> {
        self.0.remove(parent).unwrap_or_default()
    }
}

/// A consistent snapshot of the database, on a connection that can't write.
#[derive(Debug)]
pub struct Reader<'c> {
    connection: &'c Connection,
    /// The values because of which rows were left out; without it, none is left out.
    left_out: Option<RefCell<Vec<BadValue>>>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            left_out: None,
        }
    }

    /// The same snapshot for a live list: a row that can't be read is left out, so that the others are shown. Calls are
    /// not read so: what they compute, or answer of one row, must not be wrong.
    pub(super) fn for_live_list(&self) -> Self {
        Self {
            connection: self.connection,
            left_out: Some(RefCell::default()),
        }
    }

    pub(super) fn into_left_out(self) -> Vec<BadValue> {
        self.left_out.map(RefCell::into_inner).unwrap_or_default()
    }
}

impl Read for Reader<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }

    fn leave_out(&self, row: &Row<'_>, error: rusqlite::Error) -> rusqlite::Result<()> {
        match (&self.left_out, BadValue::of(row, &error)) {
            (Some(left_out), Some(bad)) => {
                left_out.borrow_mut().push(bad);
                Ok(())
            }
            _ => Err(error),
        }
    }
}

/// The writer's transaction, seen by one job. What the job does is kept or undone as a whole.
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c Connection,
    pub(super) lists: &'static [ListDefinition],
    pub(super) changes: RefCell<Vec<Change>>,
    pub(super) left: RefCell<Left>,
    pub(super) deletion: RefCell<Option<Deletion>>,
}

impl Read for Transaction<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }
}

impl<'c> Transaction<'c> {
    pub(super) fn new(connection: &'c Connection, lists: &'static [ListDefinition]) -> Self {
        Self {
            connection,
            lists,
            changes: RefCell::default(),
            left: RefCell::default(),
            deletion: RefCell::default(),
        }
    }

    /// The changes, of each row only the last, each with whom it concerns.
    pub(super) fn into_changes(self) -> Result<Vec<Change>, StoreError> {
        let mut seen = HashSet::new();
        let mut changes = self.changes.take();
        changes.reverse();
        changes.retain(|change| seen.insert((change.list, change.effect.row().cloned())));
        changes.reverse();
        self.scope(&mut changes)?;
        Ok(changes)
    }

    /// Inserts a row and gives the id that the database counted up.
    ///
    /// # Errors
    /// A conflict on the fields whose values must be unique and are taken.
    pub fn insert<P: Params>(
        &self,
        table: &TableDefinition,
        sql: &str,
        params: P,
    ) -> Result<i64, StoreError> {
        self.run(sql, params)
            .map_err(|error| constraints::refused_write(table, error))?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Updates a row; tells whether there was one.
    ///
    /// # Errors
    /// As [`Transaction::insert`].
    pub fn update<P: Params>(
        &self,
        table: &TableDefinition,
        sql: &str,
        params: P,
    ) -> Result<bool, StoreError> {
        let count = self
            .run(sql, params)
            .map_err(|error| constraints::refused_write(table, error))?;
        Ok(count > 0)
    }

    /// Deletes a row; tells whether there was one.
    ///
    /// # Errors
    /// A conflict when other rows refer to it.
    pub fn delete<P: Params>(&self, sql: &str, params: P) -> Result<bool, StoreError> {
        Ok(self.run(sql, params).map_err(constraints::refused_delete)? > 0)
    }

    /// Runs any other statement that gives no rows; tells how many it changed. Lists do not notice what it does:
    /// see [`Transaction::changed`].
    ///
    /// # Errors
    /// An internal error.
    pub fn execute<P: Params>(&self, sql: &str, params: P) -> Result<usize, StoreError> {
        self.run(sql, params)
            .map_err(|error| InStatement::wrap(sql, None, error))
    }

    /// Notes that a row of a list was added, or looks different now.
    pub fn changed(&self, list: ListId, id: impl Into<RowId>) {
        self.note(Change::put(list, id));
    }

    /// Notes that a row of a list is gone.
    pub fn dropped(&self, list: ListId, id: impl Into<RowId>) {
        self.note(Change::drop(list, id));
    }

    /// Notes that any row of a list may have changed; everybody gets the whole list.
    pub fn reset(&self, list: ListId) {
        self.note(Change::reset(list));
    }

    fn note(&self, change: Change) {
        self.changes.borrow_mut().push(change);
    }

    /// [`Transaction::changed`] for every id that a statement gives in its first column.
    ///
    /// # Errors
    /// As [`Read::rows`].
    pub fn changed_rows<P: Params>(
        &self,
        list: ListId,
        sql: &str,
        params: P,
    ) -> Result<(), StoreError> {
        for id in self.rows(sql, params, |row| row.get::<_, RowId>(0))? {
            self.changed(list, id);
        }
        Ok(())
    }

    fn run<P: Params>(&self, sql: &str, params: P) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(params)
    }
}

fn each_row<P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let in_statement = |error| InStatement::wrap(sql, None, error);
    let mut statement = connection.prepare_cached(sql).map_err(in_statement)?;
    let mut rows = statement.query(params).map_err(in_statement)?;
    while let Some(row) = rows.next().map_err(in_statement)? {
        take(row).map_err(|error| InStatement::wrap(sql, Some(row), error))?;
    }
    Ok(())
}

/// An error with the statement and column where it happened, for the log.
#[derive(Debug, thiserror::Error)]
#[error("{source} (column {}, in `{sql}`)", column.as_deref().unwrap_or("unknown"))]
struct InStatement {
    sql: String,
    column: Option<String>,
    source: rusqlite::Error,
}

impl InStatement {
    fn wrap(sql: &str, row: Option<&Row<'_>>, source: rusqlite::Error) -> StoreError {
        if source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) {
            return StoreError::Busy;
        }
        let index = column_of(&source);
        let name = |row: &Row<'_>, index| row.as_ref().column_name(index).ok().map(str::to_owned);
        let column = row.zip(index).and_then(|(row, index)| name(row, index));
        StoreError::internal(Self {
            sql: sql.to_owned(),
            column,
            source,
        })
    }
}
