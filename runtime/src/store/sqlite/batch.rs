//! A batch of jobs that share one commit: each in a savepoint of its own, with its idempotency record, and the change
//! records of all of them at the end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rowcast_schema::FieldErrors;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::change_records;
use super::file::DatabaseFiles;
use super::idempotency::{self, Bounds, IdempotencyRecord, Kept, Lookup, Names, Records, Usage};
use crate::store::{
    ChangeLog, Error, ListDefinition, Panicked, PlannedChanges, RowId, Transaction, Written,
};

/// The settings of the writer.
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

/// The outcome of a job: its own result, or why the whole batch has to be rolled back.
pub(super) type JobResult<T> = Result<Result<Written<T>, Error>, Error>;

/// The answer of a job that is executed once, and the row that it wrote if the answer is that row.
pub(super) type Answered = (Box<RawValue>, Option<RowId>);

/// Returns the answer of a job that wrote a row, from the current row.
pub(super) type Replay =
    Box<dyn FnOnce(&Transaction<'_>, RowId) -> Result<Box<RawValue>, Error> + Send>;

/// A transaction of the writer, until it is committed.
#[derive(Debug)]
pub(super) struct Batch<'w> {
    connection: &'w Connection,
    settings: &'w Settings,
    records: Records<'w>,
    usage: Usage,
    /// The id of the first idempotency record of this batch.
    first_record: Option<i64>,
    record_count: usize,
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
            record_count: 0,
            plan: change_log.plan(),
        }
    }

    /// Commits the attempted jobs; returns the changes to be published. `uncounted` is the usage of earlier batches
    /// that is not counted yet.
    pub(super) fn commit(self, uncounted: &mut Usage) -> Result<PlannedChanges, Error> {
        let (lists, keep) = (self.settings.lists, self.settings.keep_changes);
        change_records::append(self.connection, lists, self.plan.changes(), keep)?;
        let bounds = self.settings.keep_records;
        let mut usage = self.usage;
        let mut is_counted = false;
        if let Some(first) = self.first_record {
            // Twice as many as were added, so that old ones never pile up.
            idempotency::expire(self.connection, bounds, &mut usage, 2 * self.record_count)?;
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

    /// Runs a job; its effects are kept if it returns `Ok`, and rolled back otherwise.
    pub(super) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> JobResult<T> {
        run_statement(self.connection, "SAVEPOINT rowcast_job")?;
        let tx = Transaction::new(self.connection, self.settings.lists);
        let result = catch_unwind(AssertUnwindSafe(|| work(&tx)))
            .unwrap_or_else(|payload| Err(Error::internal(Panicked::of(&*payload))));
        if self.connection.is_autocommit() {
            // SQLite rolls back a whole transaction when the disk is full or fails.
            let cause = result.err().map(|error| format!(": {error}"));
            return Err(Error::internal(format!(
                "a job ended the transaction that it shares with others{}",
                cause.unwrap_or_default()
            )));
        }
        if result.is_err() {
            run_statement(self.connection, "ROLLBACK TO rowcast_job")?;
            // A job that panicked in the middle of a deletion may have left the checks deferred.
            tx.check_references_at_once(true)?;
        }
        run_statement(self.connection, "RELEASE rowcast_job")?;
        match result {
            Ok(value) => self.add_changes(tx, value).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn add_changes<T>(&mut self, tx: Transaction<'_>, value: T) -> Result<Written<T>, Error> {
        let positions = self.plan.add(tx.into_changes()?);
        Ok(Written { value, positions })
    }

    /// Runs a job unless the same call was executed before; then its answer is replayed, by `replay` if it was a row.
    pub(super) fn attempt_once(
        &mut self,
        names: &Names,
        work: impl FnOnce(&Transaction<'_>) -> Result<Answered, Error>,
        replay: Option<Replay>,
    ) -> JobResult<Box<RawValue>> {
        match self.records.find(names) {
            Ok(Lookup::Nothing) => self.execute_first(names, work),
            Ok(Lookup::Same(stored)) => self.replay(stored, replay),
            Ok(Lookup::OtherCall) => Ok(Err(conflict("this key was used for another call"))),
            Ok(Lookup::OfAccount) => Ok(Err(Error::Unauthenticated(OF_ACCOUNT.into()))),
            // It concerns this record only, so the other jobs of the batch continue.
            Err(error) => Ok(Err(error)),
        }
    }

    fn execute_first(
        &mut self,
        names: &Names,
        work: impl FnOnce(&Transaction<'_>) -> Result<Answered, Error>,
    ) -> JobResult<Box<RawValue>> {
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
        self.record_count += 1;
        Ok(Ok(Written { value, positions }))
    }

    fn replay(
        &mut self,
        stored: IdempotencyRecord,
        replay: Option<Replay>,
    ) -> JobResult<Box<RawValue>> {
        let IdempotencyRecord { kept, positions } = stored;
        let row = match (&kept, &replay) {
            (Kept::Row(row), _) => Some(row.clone()),
            // An earlier version has stored the row itself.
            (Kept::Answer(answer), Some(_)) => id_in(answer),
            _ => None,
        };
        match (row, replay, kept) {
            (Some(row), Some(replay), _) => {
                let current = self.attempt(|tx| replay(tx, row))?;
                // The position of the write, and not that of later writes.
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
    struct WithId {
        id: RowId,
    }
    let row = serde_json::from_str::<WithId>(row.get());
    row.ok().map(|row| row.id)
}

/// Rolls back a failed batch.
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
