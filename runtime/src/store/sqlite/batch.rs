//! A group of jobs that share one commit: each in a savepoint of its own, with its idempotency record, and the change
//! records of all of them at the end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rowcast_schema::FieldErrors;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::change_records;
use super::file::DatabaseFiles;
use super::idempotency::{self, Bounds, Found, Kept, Names, Records, Stored, Usage};
use crate::store::{
    ChangeLog, Error, ListDefinition, Panicked, PlannedChanges, RowId, Transaction, Written,
};

/// How the writer works.
#[derive(Debug)]
pub(super) struct Settings {
    /// The files that are written to.
    pub(super) files: Arc<DatabaseFiles>,
    /// Jobs that are committed together at most.
    pub(super) batch: usize,
    /// The live lists, in the order of their ids.
    pub(super) lists: &'static [ListDefinition],
    pub(super) keep_changes: usize,
    pub(super) keep_records: Bounds,
}

/// What a job comes to: its own result, or why the whole group has to be given up.
pub(super) type Attempt<T> = Result<Result<Written<T>, Error>, Error>;

/// The answer of a job that is done once, and the row that it wrote if the answer is that row.
pub(super) type Done = (Box<RawValue>, Option<RowId>);

/// Gives the answer of a job that wrote a row, from what the row is now.
pub(super) type Replay =
    Box<dyn FnOnce(&Transaction<'_>, RowId) -> Result<Box<RawValue>, Error> + Send>;

/// A transaction of the writer, until it is committed.
#[derive(Debug)]
pub(super) struct Batch<'w> {
    connection: &'w Connection,
    settings: &'w Settings,
    records: Records<'w>,
    usage: Usage,
    /// The number of the first idempotency record of this group, and how many there are.
    first_record: Option<i64>,
    kept: usize,
    plan: PlannedChanges,
}

impl<'w> Batch<'w> {
    /// The jobs of a transaction that has begun.
    pub(super) fn of(
        connection: &'w Connection,
        settings: &'w Settings,
        change_log: &'w ChangeLog,
    ) -> Self {
        Self {
            connection,
            settings,
            records: Records {
                connection,
                lists: settings.lists,
                change_log,
            },
            usage: Usage::default(),
            first_record: None,
            kept: 0,
            plan: change_log.plan(),
        }
    }

    /// Commits all that was attempted; gives what is to be published. `uncounted` is what the groups before have left to be
    /// counted.
    pub(super) fn commit(self, uncounted: &mut Usage) -> Result<PlannedChanges, Error> {
        let (lists, keep) = (self.settings.lists, self.settings.keep_changes);
        change_records::append(self.connection, lists, self.plan.changes(), keep)?;
        let bounds = self.settings.keep_records;
        let mut usage = self.usage;
        let mut is_counted = false;
        if let Some(first) = self.first_record {
            // Twice as many as were added, so that old ones never pile up.
            idempotency::expire(self.connection, bounds, &mut usage, 2 * self.kept)?;
            is_counted = uncounted.is_due(&usage, bounds);
            if is_counted {
                let mut all = uncounted.clone();
                all.extend(std::mem::take(&mut usage));
                idempotency::trim(self.connection, bounds, all, first)?;
            }
        }
        run_statement(self.connection, "COMMIT")?;
        if is_counted {
            *uncounted = Usage::default();
        }
        uncounted.extend(usage);
        Ok(self.plan)
    }

    /// Does some work; what it wrote is kept if it gives `Ok`, and undone otherwise.
    pub(super) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Attempt<T> {
        run_statement(self.connection, "SAVEPOINT rowcast_job")?;
        let tx = Transaction::new(self.connection, self.settings.lists);
        let result = catch_unwind(AssertUnwindSafe(|| work(&tx)))
            .unwrap_or_else(|payload| Err(Error::internal(Panicked::of(&*payload))));
        if self.connection.is_autocommit() {
            // SQLite gives up a whole transaction when the disk is full or fails.
            let cause = result.err().map(|error| format!(": {error}"));
            return Err(Error::internal(format!(
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

    fn note<T>(&mut self, tx: Transaction<'_>, value: T) -> Result<Written<T>, Error> {
        let positions = self.plan.add(tx.into_changes()?);
        Ok(Written { value, positions })
    }

    /// Does some work unless the same was done before; then it gives what that gave, by `replay` if that was a row.
    pub(super) fn attempt_once(
        &mut self,
        names: &Names,
        work: impl FnOnce(&Transaction<'_>) -> Result<Done, Error>,
        replay: Option<Replay>,
    ) -> Attempt<Box<RawValue>> {
        match self.records.find(names) {
            Ok(Found::Nothing) => self.attempt_first(names, work),
            Ok(Found::Same(stored)) => self.replay(stored, replay),
            Ok(Found::OtherCall) => Ok(Err(conflict("this key was used for another call"))),
            Ok(Found::OfAccount) => Ok(Err(Error::Unauthenticated(OF_ACCOUNT.into()))),
            // Of this record only, so the others of the group go on.
            Err(error) => Ok(Err(error)),
        }
    }

    fn attempt_first(
        &mut self,
        names: &Names,
        work: impl FnOnce(&Transaction<'_>) -> Result<Done, Error>,
    ) -> Attempt<Box<RawValue>> {
        let Written { value, positions } = match self.attempt(work)? {
            Ok(written) => written,
            // It has changed nothing, so it may be evaluated again.
            Err(rejected) => return Ok(Err(rejected)),
        };
        let (value, row) = value;
        let kept = match row {
            Some(row) => Kept::Row(row),
            None => Kept::of(&value, self.settings.keep_records.max_answer()),
        };
        let id = self
            .records
            .keep(names, kept, &positions, &mut self.usage)?;
        self.first_record.get_or_insert(id);
        self.kept += 1;
        Ok(Ok(Written { value, positions }))
    }

    fn replay(&mut self, stored: Stored, replay: Option<Replay>) -> Attempt<Box<RawValue>> {
        let Stored { kept, positions } = stored;
        let row = match (&kept, &replay) {
            (Kept::Row(row), _) => Some(row.clone()),
            // An earlier version has kept the row itself.
            (Kept::Answer(answer), Some(_)) => id_in(answer),
            _ => None,
        };
        match (row, replay, kept) {
            (Some(row), Some(replay), _) => {
                let current = self.attempt(|tx| replay(tx, row))?;
                // The position that contains the write, and not what others have written since.
                Ok(current.map(|Written { value, .. }| Written { value, positions }))
            }
            (_, None, Kept::Answer(value)) => Ok(Ok(Written { value, positions })),
            _ => Ok(Err(conflict(NOT_KEPT))),
        }
    }
}

const OF_ACCOUNT: &str =
    "this call was carried out for an account: sign in with the same account to get its answer";
const NOT_KEPT: &str = "this call was carried out before, but its answer was too long to be kept: read what it has changed";

fn conflict(message: &str) -> Error {
    Error::Conflict(FieldErrors::general(message))
}

fn id_in(row: &RawValue) -> Option<RowId> {
    #[derive(Deserialize)]
    struct Identified {
        id: RowId,
    }
    let row = serde_json::from_str::<Identified>(row.get());
    row.ok().map(|row| row.id)
}

/// Undoes what a group has left when it failed.
pub(super) fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = run_statement(connection, "ROLLBACK")
    {
        tracing::error!(%error, "a failed group of writes could not be rolled back");
    }
}

pub(super) fn run_statement(connection: &Connection, sql: &str) -> Result<(), Error> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
