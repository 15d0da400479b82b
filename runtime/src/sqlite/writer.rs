//! The writer thread: takes all jobs that wait, runs each in a savepoint, commits them together.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::Receiver;
use rowcast_schema::Position;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Transaction, Written};
use crate::StoreError;
use crate::error::Panicked;
use crate::feed::{Change, Feed, ListId};

/// Work for the writer, its type erased.
pub(super) trait Job: Send {
    /// Does the work and keeps the result; tells whether what it wrote is to be kept.
    fn run(&mut self, tx: &Transaction<'_>) -> bool;

    /// Sends the result. `end` tells the positions of the job's changes, or why the commit failed.
    fn complete(self: Box<Self>, end: Result<Vec<(ListId, Position)>, StoreError>);
}

/// Takes jobs until the queue is closed and empty.
pub(super) fn run(
    connection: &Connection,
    queue: &Receiver<Box<dyn Job>>,
    batch: usize,
    feed: &Feed,
) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(batch.saturating_sub(1)));
        run_together(connection, feed, jobs);
    }
}

fn run_together(connection: &Connection, feed: &Feed, mut jobs: Vec<Box<dyn Job>>) {
    match commit_together(connection, &mut jobs) {
        Ok(changes) => {
            let positions = feed.commit(&changes);
            for (job, positions) in jobs.into_iter().zip(positions) {
                job.complete(Ok(positions));
            }
        }
        Err(error) => {
            tracing::error!(%error, jobs = jobs.len(), "a group of writes could not be committed");
            roll_back(connection);
            for job in jobs {
                job.complete(Err(same_for_all(&error)));
            }
        }
    }
}

/// Gives the changes of each job; those of a job that failed are none.
fn commit_together(
    connection: &Connection,
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Vec<Change>>, StoreError> {
    run_statement(connection, "BEGIN IMMEDIATE")?;
    let mut changes = Vec::with_capacity(jobs.len());
    for job in jobs {
        changes.push(run_in_savepoint(connection, job.as_mut())?);
    }
    run_statement(connection, "COMMIT")?;
    Ok(changes)
}

fn run_in_savepoint(connection: &Connection, job: &mut dyn Job) -> Result<Vec<Change>, StoreError> {
    run_statement(connection, "SAVEPOINT rowcast_job")?;
    let tx = Transaction::new(connection);
    let keep = job.run(&tx);
    if connection.is_autocommit() {
        // SQLite gives up a whole transaction when the disk is full or fails.
        return Err(StoreError::internal(
            "a job ended the transaction that it shares with others",
        ));
    }
    if !keep {
        run_statement(connection, "ROLLBACK TO rowcast_job")?;
    }
    run_statement(connection, "RELEASE rowcast_job")?;
    Ok(if keep { tx.into_changes() } else { Vec::new() })
}

fn run_statement(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = run_statement(connection, "ROLLBACK")
    {
        tracing::error!(%error, "a failed group of writes could not be rolled back");
    }
}

fn same_for_all(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        other => StoreError::internal(format!("the commit failed: {other}")),
    }
}

/// Wraps a closure and the channel for its result.
pub(super) fn job<T, F>(
    work: F,
    reply: oneshot::Sender<Result<Written<T>, StoreError>>,
) -> Box<dyn Job>
where
    T: Send + 'static,
    F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
{
    Box::new(TypedJob {
        work: Some(work),
        result: None,
        reply,
    })
}

struct TypedJob<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<Written<T>, StoreError>>,
}

impl<T, F> Job for TypedJob<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
{
    fn run(&mut self, tx: &Transaction<'_>) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        let result = catch_unwind(AssertUnwindSafe(|| work(tx)))
            .unwrap_or_else(|payload| Err(StoreError::internal(Panicked::of(&*payload))));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn complete(self: Box<Self>, end: Result<Vec<(ListId, Position)>, StoreError>) {
        let result = match (self.result, end) {
            (Some(Err(own)), _) => Err(own),
            (Some(Ok(value)), Ok(positions)) => Ok(Written { value, positions }),
            (_, Err(error)) => Err(error),
            (None, Ok(_)) => Err(StoreError::internal("the job did not run")),
        };
        // Whoever asked may have gone.
        let _ = self.reply.send(result);
    }
}
