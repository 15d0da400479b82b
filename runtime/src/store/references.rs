//! Checks that the rows an input refers to exist, before it is written.

use rowcast_schema::FieldErrors;
use rusqlite::{Params, ToSql};

use super::{Read, Transaction};
use crate::store::{RowId, Scopes, StoreError, no_such_row};

/// Collects references to rows that do not exist, so that all of them are told at once.
///
/// SQLite does not say which foreign key failed; this does.
///
/// ```
/// # use rowcast_runtime::{StoreError, sqlite::Transaction};
/// # const COACH: &str = ""; const MOVE: &str = "";
/// fn check(tx: &Transaction<'_>, coach: i64, moves: &[i64]) -> Result<(), StoreError> {
///     tx.references()
///         .one(COACH, [coach], "coach.id", "coach")?
///         .many(MOVE, moves.iter().map(|id| [id]), "exercise_moves", "exercise move")?
///         .check()
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is refused until `check`"]
pub struct References<'tx> {
    tx: &'tx Transaction<'tx>,
    missing: FieldErrors,
}

impl Transaction<'_> {
    /// Starts to check that the rows which an input refers to exist; see [`References`].
    pub fn references(&self) -> References<'_> {
        References::new(self)
    }

    /// Refuses a reference to a row that does not exist. `sql` selects something for an id that does.
    ///
    /// # Errors
    /// An invalid input at `path`: `there is no coach with this id`.
    pub fn require_reference(
        &self,
        sql: &str,
        id: impl ToSql,
        path: &str,
        what: &str,
    ) -> Result<(), StoreError> {
        self.references().one(sql, [id], path, what)?.check()
    }
}

impl<'tx> References<'tx> {
    pub(super) fn new(tx: &'tx Transaction<'tx>) -> Self {
        Self {
            tx,
            missing: FieldErrors::default(),
        }
    }

    /// Looks for one row. `sql` selects something for an id that exists, and with a second parameter for one that exists in
    /// that scope: rows refer to rows of their own scope only, so that what they show is seen by all who see them. `path`
    /// is the id's field in the input.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn one<P: Params>(
        mut self,
        sql: &str,
        id: P,
        path: &str,
        what: &str,
    ) -> Result<Self, StoreError> {
        if !self.tx.exists(sql, id)? {
            self.add(path, what);
        }
        Ok(self)
    }

    /// Looks for a row if the input refers to one.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn maybe<P: Params>(
        self,
        sql: &str,
        id: Option<P>,
        path: &str,
        what: &str,
    ) -> Result<Self, StoreError> {
        match id {
            Some(id) => self.one(sql, id, path, what),
            None => Ok(self),
        }
    }

    /// Looks for the rows of a list: a missing one is told at `list[1].id`.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn many<P: Params>(
        mut self,
        sql: &str,
        ids: impl IntoIterator<Item = P>,
        list: &str,
        what: &str,
    ) -> Result<Self, StoreError> {
        for (index, id) in ids.into_iter().enumerate() {
            self = self.one(sql, id, &format!("{list}[{index}].id"), what)?;
        }
        Ok(self)
    }

    /// Refuses a scope that is not among those that are seen as if it did not exist.
    pub fn scope(mut self, seen: &Scopes, scope: &RowId, path: &str, what: &str) -> Self {
        if !seen.contain(scope) {
            self.add(path, what);
        }
        self
    }

    /// Refuses the input if `sql` finds something, where that matters: a row that is to move to another scope, but refers
    /// to rows that stay.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn refuse_if<P: Params>(
        mut self,
        matters: bool,
        sql: &str,
        parameters: P,
        path: &str,
        message: &str,
    ) -> Result<Self, StoreError> {
        if matters && self.tx.exists(sql, parameters)? {
            self.missing.add(path, message);
        }
        Ok(self)
    }

    /// A scope that does not exist is not seen either; that is said once.
    fn add(&mut self, path: &str, what: &str) {
        if self.missing.get(path).is_empty() {
            self.missing.add(path, no_such_row(what));
        }
    }

    /// Refuses the input if a row was missing.
    ///
    /// # Errors
    /// An invalid input with a message for each missing row.
    pub fn check(self) -> Result<(), StoreError> {
        if self.missing.is_empty() {
            Ok(())
        } else {
            Err(StoreError::Invalid(self.missing))
        }
    }
}
