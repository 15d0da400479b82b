//! The database for generated code, hooks and commands: statements and row mapping.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::hash::Hash;

use super::connection::{Connection, Failure, TakeRow};
use super::unreadable::BadValue;
use super::{
    Change, ColumnError, Error, FromValue, ListDefinition, ListId, Parameters, Row, RowId,
    Statement, TableDefinition, ToValue, constraints,
};

/// Statements that only read. Both a [`Reader`] and a [`Transaction`] can run them.
pub trait Read {
    /// Passes each row of a statement to `take`.
    #[doc(hidden)]
    fn each_row(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
        take: &mut dyn FnMut(&Row<'_>) -> Result<(), ColumnError>,
    ) -> Result<(), Error>;

    /// All rows of a statement.
    ///
    /// # Errors
    /// An internal error that names the statement, and the column where a row can't be mapped.
    fn rows<'s, T>(
        &self,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
        mut map: impl FnMut(&Row<'_>) -> Result<T, ColumnError>,
    ) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        parameters.with(|parameters| {
            self.each_row(statement.into(), parameters, &mut |row| {
                found.push(map(row)?);
                Ok(())
            })
        })?;
        Ok(found)
    }

    /// The first row of a statement, if there is one.
    ///
    /// # Errors
    /// As [`Read::rows`].
    fn row<'s, T>(
        &self,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
        map: impl FnMut(&Row<'_>) -> Result<T, ColumnError>,
    ) -> Result<Option<T>, Error> {
        Ok(self.rows(statement, parameters, map)?.into_iter().next())
    }

    /// All rows of a statement, grouped by its first column.
    ///
    /// # Errors
    /// As [`Read::rows`].
    fn children<'s, K: FromValue + Eq + Hash, T>(
        &self,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
        mut map: impl FnMut(&Row<'_>) -> Result<T, ColumnError>,
    ) -> Result<Children<K, T>, Error> {
        let mut children = Children::new();
        parameters.with(|parameters| {
            self.each_row(statement.into(), parameters, &mut |row| {
                children.add(row.get(0)?, map(row)?);
                Ok(())
            })
        })?;
        Ok(children)
    }

    /// Whether a statement returns a row.
    ///
    /// # Errors
    /// As [`Read::rows`].
    fn exists<'s>(
        &self,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
    ) -> Result<bool, Error> {
        Ok(self.row(statement, parameters, |_| Ok(()))?.is_some())
    }
}

/// The progress of a deletion.
#[derive(Debug, Default)]
pub(super) struct Deletion {
    pub(super) in_progress: HashSet<(ListId, RowId)>,
    /// The deleted rows, each with the statements that find rows which still refer to it.
    pub(super) deleted: Vec<(&'static [Statement<'static>], RowId)>,
}

/// The scopes that rows were in before a job changed them.
pub(super) type PreviousScopes = HashMap<(ListId, RowId), BTreeSet<RowId>>;

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

    /// Takes the children of one row, in the order in which the statement returned them.
    pub fn take(&mut self, parent: &K) -> Vec<T> {
        self.0.remove(parent).unwrap_or_default()
    }
}

/// A consistent snapshot of the database, on a connection that can't write.
pub struct Reader<'c> {
    connection: &'c dyn Connection,
    /// The values because of which rows were left out; if `None`, no row is left out.
    left_out: Option<RefCell<Vec<BadValue>>>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(connection: &'c dyn Connection) -> Self {
        Self {
            connection,
            left_out: None,
        }
    }

    /// The same snapshot for a live list: an unreadable row is left out, so that the others are sent. Not used for
    /// calls: what they compute, or answer of one row, must not be wrong.
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
    fn each_row(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
        take: &mut TakeRow<'_>,
    ) -> Result<(), Error> {
        let Some(left_out) = &self.left_out else {
            return self.connection.query(statement, parameters, take);
        };
        self.connection.query(statement, parameters, &mut |row| {
            take(row).or_else(|error| {
                let bad = BadValue::of(row, &error).ok_or(error)?;
                left_out.borrow_mut().push(bad);
                Ok(())
            })
        })
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// The writer's transaction, as one job sees it. The effects of the job are kept or rolled back as a whole.
pub struct Transaction<'c> {
    connection: &'c dyn Connection,
    pub(super) lists: &'static [ListDefinition],
    pub(super) changes: RefCell<Vec<Change>>,
    pub(super) previous_scopes: RefCell<PreviousScopes>,
    pub(super) deletion: RefCell<Option<Deletion>>,
}

impl Read for Transaction<'_> {
    fn each_row(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
        take: &mut TakeRow<'_>,
    ) -> Result<(), Error> {
        self.connection.query(statement, parameters, take)
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

impl<'c> Transaction<'c> {
    pub(super) fn new(connection: &'c dyn Connection, lists: &'static [ListDefinition]) -> Self {
        Self {
            connection,
            lists,
            changes: RefCell::default(),
            previous_scopes: RefCell::default(),
            deletion: RefCell::default(),
        }
    }

    /// The changes, of each row only the last, each with its reach.
    pub(super) fn into_changes(self) -> Result<Vec<Change>, Error> {
        let mut seen = HashSet::new();
        let mut changes = self.changes.take();
        changes.reverse();
        changes.retain(|change| seen.insert((change.list, change.effect.row().cloned())));
        changes.reverse();
        self.scope(&mut changes)?;
        Ok(changes)
    }

    /// Inserts a row and returns the id that the database assigned.
    ///
    /// # Errors
    /// A conflict on the fields whose values must be unique and are taken.
    pub fn insert<'s>(
        &self,
        table: &TableDefinition,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
    ) -> Result<i64, Error> {
        self.run(statement.into(), parameters)
            .map_err(|failure| constraints::write_error(table, failure))?;
        Ok(self.connection.last_id())
    }

    /// Updates a row; returns whether there was one.
    ///
    /// # Errors
    /// As [`Transaction::insert`].
    pub fn update<'s>(
        &self,
        table: &TableDefinition,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
    ) -> Result<bool, Error> {
        let count = self
            .run(statement.into(), parameters)
            .map_err(|failure| constraints::write_error(table, failure))?;
        Ok(count > 0)
    }

    /// Deletes a row; returns whether there was one.
    ///
    /// # Errors
    /// A conflict when other rows refer to it.
    pub fn delete<'s>(
        &self,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
    ) -> Result<bool, Error> {
        let count = self
            .run(statement.into(), parameters)
            .map_err(constraints::delete_error)?;
        Ok(count > 0)
    }

    /// Runs any other statement that returns no rows; returns how many it changed. Its effects are not reported to
    /// lists: see [`Transaction::changed`].
    ///
    /// # Errors
    /// An internal error.
    pub fn execute<'s>(
        &self,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
    ) -> Result<usize, Error> {
        self.run(statement.into(), parameters)
            .map_err(|failure| failure.error)
    }

    /// Records that a row of a list was added, changed or deleted.
    pub fn changed(&self, list: ListId, id: impl Into<RowId>) {
        self.record(Change::row(list, id));
    }

    /// Records that any row of a list may have changed; all sockets are sent the whole list.
    pub fn reset(&self, list: ListId) {
        self.record(Change::reset(list));
    }

    fn record(&self, change: Change) {
        self.changes.borrow_mut().push(change);
    }

    /// [`Transaction::changed`] for every id in the first column of a statement's result.
    ///
    /// # Errors
    /// As [`Read::rows`].
    pub fn changed_rows<'s>(
        &self,
        list: ListId,
        statement: impl Into<Statement<'s>>,
        parameters: impl Parameters,
    ) -> Result<(), Error> {
        for id in self.rows(statement, parameters, |row| row.get::<RowId>(0))? {
            self.changed(list, id);
        }
        Ok(())
    }

    /// Whether references are checked when a statement ends, or not before the transaction does.
    pub(super) fn check_references_at_once(&self, at_once: bool) -> Result<(), Error> {
        self.connection.check_references_at_once(at_once)
    }

    fn run(&self, statement: Statement<'_>, parameters: impl Parameters) -> Result<usize, Failure> {
        parameters.with(|parameters| self.connection.execute(statement, parameters))
    }
}
