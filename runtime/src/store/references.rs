//! Checks that the rows that an input refers to exist, before it is written.

use rowcast_schema::FieldErrors;

use super::{Error, Parameters, Read, RowId, Scopes, Statement, ToValue, Transaction, no_such_row};

/// Collects references to rows that do not exist, so that all of them are reported at once.
///
/// A database does not report which input refers to nothing; this does.
///
/// ```
/// # use rowcast_runtime::{Error, store::Transaction};
/// # const COACH: &str = ""; const MOVE: &str = "";
/// fn check(tx: &Transaction<'_>, coach: i64, moves: &[i64]) -> Result<(), Error> {
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
    /// Starts to check that the rows that an input refers to exist; see [`References`].
    pub fn references(&self) -> References<'_> {
        References::new(self)
    }

    /// Rejects a reference to a row that does not exist. `statement` selects something for an id that exists.
    ///
    /// # Errors
    /// An invalid input at `path`: `there is no coach with this id`.
    pub fn require_reference<'s>(
        &self,
        statement: impl Into<Statement<'s>>,
        id: impl ToValue,
        path: &str,
        what: &str,
    ) -> Result<(), Error> {
        self.references().one(statement, [id], path, what)?.check()
    }
}

impl<'tx> References<'tx> {
    pub(super) fn new(tx: &'tx Transaction<'tx>) -> Self {
        Self {
            tx,
            missing: FieldErrors::default(),
        }
    }

    /// Checks one row. `statement` selects something for an id that exists, and with a second parameter for one that
    /// exists in that scope: rows refer to rows of their own scope only, so that what they show is visible to all that
    /// see them. `path` is the id's field in the input.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn one<'s, P: Parameters>(
        mut self,
        statement: impl Into<Statement<'s>>,
        id: P,
        path: &str,
        what: &str,
    ) -> Result<Self, Error> {
        if !self.tx.exists(statement, id)? {
            self.add(path, what);
        }
        Ok(self)
    }

    /// Checks a row if the input refers to one.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn maybe<'s, P: Parameters>(
        self,
        statement: impl Into<Statement<'s>>,
        id: Option<P>,
        path: &str,
        what: &str,
    ) -> Result<Self, Error> {
        match id {
            Some(id) => self.one(statement, id, path, what),
            None => Ok(self),
        }
    }

    /// Checks the rows of a list: a missing one is reported at `list[1].id`.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn many<'s, P: Parameters>(
        mut self,
        statement: impl Into<Statement<'s>>,
        ids: impl IntoIterator<Item = P>,
        list: &str,
        what: &str,
    ) -> Result<Self, Error> {
        let statement = statement.into();
        for (index, id) in ids.into_iter().enumerate() {
            self = self.one(statement, id, &format!("{list}[{index}].id"), what)?;
        }
        Ok(self)
    }

    /// Rejects a scope that is not visible as if it did not exist.
    pub fn scope(mut self, seen: &Scopes, scope: &RowId, path: &str, what: &str) -> Self {
        if !seen.contain(scope) {
            self.add(path, what);
        }
        self
    }

    /// Rejects the input if `statement` finds something, where that matters: a row that is to move to another scope,
    /// but refers to rows that stay.
    ///
    /// # Errors
    /// An internal error of the statement.
    pub fn refuse_if<'s, P: Parameters>(
        mut self,
        matters: bool,
        statement: impl Into<Statement<'s>>,
        parameters: P,
        path: &str,
        message: &str,
    ) -> Result<Self, Error> {
        if matters && self.tx.exists(statement, parameters)? {
            self.missing.add(path, message);
        }
        Ok(self)
    }

    /// A scope that does not exist is not visible either; that is reported once.
    fn add(&mut self, path: &str, what: &str) {
        if self.missing.get(path).is_empty() {
            self.missing.add(path, no_such_row(what));
        }
    }

    /// Rejects the input if a row was missing.
    ///
    /// # Errors
    /// An invalid input with a message for each missing row.
    pub fn check(self) -> Result<(), Error> {
        if self.missing.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.missing))
        }
    }
}
