//! A group of jobs that share one commit: each in a savepoint of its own, with its change records and its receipt.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use serde_json::value::RawValue;

use super::database::Written;
use super::receipts::{self, Answer, Receipt, Receipts};
use super::writer::Settings;
use super::{Transaction, change_log};
use crate::StoreError;
use crate::error::Panicked;
use crate::feed::{Feed, Plan};

/// What a job comes to: its own result, or why the whole group has to be given up.
pub(super) type Attempt<T> = Result<Result<Written<T>, StoreError>, StoreError>;

/// A transaction of the writer, until it is committed.
#[derive(Debug)]
pub(super) struct Group<'w> {
    connection: &'w Connection,
    settings: &'w Settings,
    receipts: Receipts<'w>,
    kept: usize,
    plan: Plan,
}

impl<'w> Group<'w> {
    /// The jobs of a transaction that has begun.
    pub(super) fn of(connection: &'w Connection, settings: &'w Settings, feed: &'w Feed) -> Self {
        Self {
            connection,
            settings,
            receipts: Receipts {
                connection,
                lists: settings.lists,
                feed,
            },
            kept: 0,
            plan: feed.plan(),
        }
    }

    /// Commits all that was attempted; gives what is to be published.
    pub(super) fn commit(self) -> Result<Plan, StoreError> {
        if self.kept > 0 {
            // Twice as many as were added, so that old ones never pile up.
            self.receipts
                .expire(self.settings.keep_receipts, 2 * self.kept)?;
        }
        run_statement(self.connection, "COMMIT")?;
        Ok(self.plan)
    }

    /// Does some work; what it wrote is kept if it gives `Ok`, and undone otherwise.
    pub(super) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Attempt<T> {
        run_statement(self.connection, "SAVEPOINT rowcast_job")?;
        let tx = Transaction::new(self.connection, self.settings.lists);
        let result = catch_unwind(AssertUnwindSafe(|| work(&tx)))
            .unwrap_or_else(|payload| Err(StoreError::internal(Panicked::of(&*payload))));
        if self.connection.is_autocommit() {
            // SQLite gives up a whole transaction when the disk is full or fails.
            let cause = result.err().map(|error| format!(": {error}"));
            return Err(StoreError::internal(format!(
                "a job ended the transaction that it shares with others{}",
                cause.unwrap_or_default()
            )));
        }
        if result.is_err() {
            run_statement(self.connection, "ROLLBACK TO rowcast_job")?;
            // A job that panicked in the middle of a deletion may have left that.
            tx.check_references_at_once(true)?;
        }
        run_statement(self.connection, "RELEASE rowcast_job")?;
        match result {
            Ok(value) => self.note(tx, value).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn note<T>(&mut self, tx: Transaction<'_>, value: T) -> Result<Written<T>, StoreError> {
        let (positions, changes) = self.plan.add(tx.into_changes()?);
        change_log::append(
            self.connection,
            self.settings.lists,
            changes,
            self.settings.keep_changes,
        )?;
        Ok(Written { value, positions })
    }

    /// Does some work unless the same was done before; then it gives what that gave.
    pub(super) fn attempt_once(
        &mut self,
        receipt: &Receipt,
        work: impl FnOnce(&Transaction<'_>) -> Result<Box<RawValue>, StoreError>,
    ) -> Attempt<Box<RawValue>> {
        if let Some(answer) = self.receipts.find(receipt)? {
            return Ok(answer);
        }
        let answer = self.attempt(work)?;
        self.keep(receipt, &answer)?;
        Ok(answer)
    }

    fn keep(&mut self, receipt: &Receipt, answer: &Answer) -> Result<(), StoreError> {
        if answer.as_ref().err().is_none_or(receipts::is_final) {
            self.receipts.keep(receipt, answer)?;
            self.kept += 1;
        }
        Ok(())
    }
}

/// Undoes what a group has left when it failed.
pub(super) fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = run_statement(connection, "ROLLBACK")
    {
        tracing::error!(%error, "a failed group of writes could not be rolled back");
    }
}

pub(super) fn run_statement(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
