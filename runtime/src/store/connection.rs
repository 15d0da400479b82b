//! What a kind of database does with statements: all that transactions and readers need to know of it.

use super::{ColumnError, Error, Row, Statement, ToValue};

/// Takes a row, or says which column can't be read.
pub(super) type TakeRow<'t> = dyn FnMut(&Row<'_>) -> Result<(), ColumnError> + 't;

/// A connection within a transaction.
pub(super) trait Connection {
    /// Gives each row of a statement to `take`.
    fn query(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
        take: &mut TakeRow<'_>,
    ) -> Result<(), Error>;

    /// Runs a statement that gives no rows, and tells how many it changed.
    fn execute(
        &self,
        statement: Statement<'_>,
        parameters: &[&dyn ToValue],
    ) -> Result<usize, Failure>;

    /// The id that the database counted up for the row that was inserted last.
    fn last_id(&self) -> i64;

    /// Whether references are checked when a statement ends, or not before the transaction does.
    fn check_references_at_once(&self, at_once: bool) -> Result<(), Error>;
}

/// Why a statement that writes failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The constraint that it has violated, if that is why.
    pub(super) violation: Option<Violation>,
    /// What is said where constraints mean nothing.
    pub(super) error: Error,
}

/// A violated constraint.
#[derive(Debug)]
pub(super) enum Violation {
    /// The key by this name, whose values must be unique.
    Key(String),
    /// The key of these columns.
    KeyOf(Vec<String>),
    /// A row refers to none, or others refer to a row that would go.
    Reference,
    /// Others refer to a row that would go, which their reference forbids.
    Restriction,
}
