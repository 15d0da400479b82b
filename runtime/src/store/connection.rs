//! The interface to a kind of database that transactions and readers need.

use super::{ColumnError, Error, Row, Statement, ToValue};

/// Takes a row, or returns which column can't be read.
pub(super) type TakeRow<'t> = dyn FnMut(&Row<'_>) -> Result<(), ColumnError> + 't;

/// A connection within a transaction.
pub(super) trait Connection {
    /// Passes each row of a statement to `take`.
    fn query(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
        take: &mut TakeRow<'_>,
    ) -> Result<(), Error>;

    /// Runs a statement that returns no rows; returns how many it changed.
    fn execute(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
    ) -> Result<usize, Failure>;

    /// The id that the database assigned to the row that was inserted last.
    fn last_id(&self) -> i64;

    /// Whether references are checked when a statement ends, or not before the transaction does.
    fn check_references_at_once(&self, at_once: bool) -> Result<(), Error>;
}

/// Why a statement that writes failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The violated constraint, if there is one.
    pub(super) violation: Option<Violation>,
    /// The error for callers that do not evaluate constraints.
    pub(super) error: Error,
}

/// A violated constraint.
#[derive(Debug)]
pub(super) enum Violation {
    /// The key with this name, whose values must be unique.
    Key(String),
    /// The key of these columns.
    KeyOf(Vec<String>),
    /// The reference of a row has no target, or others refer to a row that would be deleted.
    Reference,
    /// Others refer to a row that would be deleted, which their reference forbids.
    Restriction,
}
