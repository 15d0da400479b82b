//! The writer thread: takes all waiting jobs, attempts each, commits them together.

use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use rusqlite::Connection;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tracing::Span;

use super::batch::{Answered, Batch, JobResult, Replay, Settings, roll_back, run_statement};
use super::external_writes::ExternalWrites;
use super::followers::Followers;
use super::idempotency::{Names, Usage};
use super::maintenance::Maintenance;
use super::queue::JobReceiver;
use crate::store::{ChangeLog, Error, Follower, Transaction, Written};

/// Work for the writer, with its type erased.
pub(super) trait WriteJob: Send {
    /// Runs the work and keeps the result.
    ///
    /// # Errors
    /// When the whole batch has to be rolled back.
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), Error>;

    /// Sends the result; an error when the batch was not committed.
    fn complete(self: Box<Self>, committed: Result<(), Error>);
}

/// How often an idle writer maintains the file, and checks whether another process has written to it.
const MAINTENANCE_INTERVAL: Duration = Duration::from_millis(250);

/// Takes jobs until the queue is closed and empty.
pub(super) fn run(
    connection: &Connection,
    waiting: &JobReceiver<Box<dyn WriteJob>>,
    change_log: &ChangeLog,
    followers: &Followers,
    settings: &Settings,
) {
    let follower = Follower {
        lists: settings.lists,
        change_log,
    };
    let mut external = ExternalWrites::new(connection, follower, followers);
    let (mut maintenance, mut uncounted) = (Maintenance::default(), Usage::default());
    loop {
        let mut jobs = match waiting.take_all(settings.batch, MAINTENANCE_INTERVAL) {
            Ok(jobs) => jobs,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                maintenance.run(&settings.files, &mut external);
                followers.run_if_due(connection);
                continue;
            }
        };
        let committed = commit_together(
            &mut external,
            change_log,
            settings,
            (&mut jobs, &mut uncounted),
        );
        if let Err(error) = &committed {
            tracing::error!(%error, jobs = jobs.len(), "a group of writes could not be committed");
            roll_back(connection);
            external.mark_unknown();
        }
        followers.run_if_due(connection);
        for job in jobs {
            job.complete(committed.as_ref().copied().map_err(same_for_all));
        }
    }
}

fn commit_together(
    external: &mut ExternalWrites<'_>,
    change_log: &ChangeLog,
    settings: &Settings,
    (jobs, uncounted): (&mut [Box<dyn WriteJob>], &mut Usage),
) -> Result<(), Error> {
    settings.files.check().map_err(Error::internal)?;
    run_statement(external.connection, "BEGIN IMMEDIATE")?;
    // From here on no other process writes, so that positions can be assigned.
    external.follow()?;
    let mut batch = Batch::of(external.connection, settings, change_log);
    for job in jobs {
        job.run(&mut batch)?;
    }
    let plan = batch.commit(uncounted)?;
    // Writes to a file without a name are lost, so they are neither acknowledged nor published.
    settings.files.check().map_err(Error::internal)?;
    external.committed(plan)
}

fn same_for_all(error: &Error) -> Error {
    match error {
        Error::Busy => Error::Busy,
        other => Error::internal(format!("the commit failed: {other}")),
    }
}

/// The receiver of a result.
type Reply<T> = oneshot::Sender<Result<Written<T>, Error>>;

/// A job that is executed with each call.
pub(super) fn job<T, F>(work: F, reply: Reply<T>) -> Box<dyn WriteJob>
where
    T: Send + 'static,
    F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
{
    queued(move |batch: &mut Batch<'_>| batch.attempt(work), reply)
}

/// A job that is executed once, however often it is repeated with the same key.
pub(super) fn job_once<F>(
    names: Names,
    work: F,
    replay: Option<Replay>,
    reply: Reply<Box<RawValue>>,
) -> Box<dyn WriteJob>
where
    F: FnOnce(&Transaction<'_>) -> Result<Answered, Error> + Send + 'static,
{
    let run = move |batch: &mut Batch<'_>| batch.attempt_once(&names, work, replay);
    queued(run, reply)
}

fn queued<T, R>(run: R, reply: Reply<T>) -> Box<dyn WriteJob>
where
    T: Send + 'static,
    R: FnOnce(&mut Batch<'_>) -> JobResult<T> + Send + 'static,
{
    Box::new(Queued {
        span: Span::current(),
        run: Some(run),
        result: None,
        reply,
    })
}

struct Queued<T, R> {
    /// The span of the call, to which the log messages of its hooks belong.
    span: Span,
    run: Option<R>,
    result: Option<Result<Written<T>, Error>>,
    reply: Reply<T>,
}

impl<T, R> WriteJob for Queued<T, R>
where
    T: Send + 'static,
    R: FnOnce(&mut Batch<'_>) -> JobResult<T> + Send + 'static,
{
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), Error> {
        if let Some(run) = self.run.take() {
            self.result = Some(self.span.in_scope(|| run(batch))?);
        }
        Ok(())
    }

    fn complete(self: Box<Self>, committed: Result<(), Error>) {
        let result = match (self.result, committed) {
            (Some(Err(own)), _) => Err(own),
            (Some(Ok(written)), Ok(())) => Ok(written),
            (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(Error::internal("the job did not run")),
        };
        // The caller may have dropped its receiver; the write stands anyway.
        let _ = self.reply.send(result);
    }
}
