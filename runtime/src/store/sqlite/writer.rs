//! The writer thread: takes all jobs that wait, attempts each, commits them together.

use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use rusqlite::Connection;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tracing::Span;

use super::batch::{Attempt, Batch, Done, Replay, Settings, roll_back, run_statement};
use super::followers::Followers;
use super::idempotency::{Names, Usage};
use super::idle::Idle;
use super::others::Others;
use super::queue::Waiting;
use crate::store::{ChangeLog, Error, Follower, Transaction, Written};

/// Work for the writer, its type erased.
pub(super) trait WriteJob: Send {
    /// Does the work and keeps the result.
    ///
    /// # Errors
    /// When the whole group has to be given up.
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), Error>;

    /// Sends the result; an error when the group was not committed.
    fn complete(self: Box<Self>, committed: Result<(), Error>);
}

/// How often an idle writer looks after the file, and whether another process has written to it.
const LOOK: Duration = Duration::from_millis(250);

/// Takes jobs until the queue is closed and empty.
pub(super) fn run(
    connection: &Connection,
    waiting: &Waiting<Box<dyn WriteJob>>,
    change_log: &ChangeLog,
    followers: &Followers,
    settings: &Settings,
) {
    let follower = Follower {
        lists: settings.lists,
        change_log,
    };
    let mut others = Others::new(connection, follower, followers);
    let (mut idle, mut uncounted) = (Idle::default(), Usage::default());
    loop {
        let mut jobs = match waiting.take_all(settings.batch, LOOK) {
            Ok(jobs) => jobs,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                idle.look(&settings.files, &mut others);
                followers.run_if_due(connection);
                continue;
            }
        };
        let committed = commit_together(
            &mut others,
            change_log,
            settings,
            (&mut jobs, &mut uncounted),
        );
        if let Err(error) = &committed {
            tracing::error!(%error, jobs = jobs.len(), "a group of writes could not be committed");
            roll_back(connection);
            others.lose_track();
        }
        followers.run_if_due(connection);
        for job in jobs {
            job.complete(committed.as_ref().copied().map_err(same_for_all));
        }
    }
}

fn commit_together(
    others: &mut Others<'_>,
    change_log: &ChangeLog,
    settings: &Settings,
    (jobs, uncounted): (&mut [Box<dyn WriteJob>], &mut Usage),
) -> Result<(), Error> {
    settings.files.check().map_err(Error::internal)?;
    run_statement(others.connection, "BEGIN IMMEDIATE")?;
    // From here on nobody else writes, so that positions can be given.
    others.follow()?;
    let mut batch = Batch::of(others.connection, settings, change_log);
    for job in jobs {
        job.run(&mut batch)?;
    }
    let plan = batch.commit(uncounted)?;
    // What went to a file without a name is lost, so it is neither acknowledged nor told.
    settings.files.check().map_err(Error::internal)?;
    others.committed(plan)
}

fn same_for_all(error: &Error) -> Error {
    match error {
        Error::Busy => Error::Busy,
        other => Error::internal(format!("the commit failed: {other}")),
    }
}

/// Where the result of some work goes.
type Reply<T> = oneshot::Sender<Result<Written<T>, Error>>;

/// A job that is done each time that it is asked for.
pub(super) fn job<T, F>(work: F, reply: Reply<T>) -> Box<dyn WriteJob>
where
    T: Send + 'static,
    F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
{
    queued(move |batch: &mut Batch<'_>| batch.attempt(work), reply)
}

/// A job that is done once, however often it is asked for with the same key.
pub(super) fn job_once<F>(
    names: Names,
    work: F,
    replay: Option<Replay>,
    reply: Reply<Box<RawValue>>,
) -> Box<dyn WriteJob>
where
    F: FnOnce(&Transaction<'_>) -> Result<Done, Error> + Send + 'static,
{
    let run = move |batch: &mut Batch<'_>| batch.attempt_once(&names, work, replay);
    queued(run, reply)
}

fn queued<T, R>(run: R, reply: Reply<T>) -> Box<dyn WriteJob>
where
    T: Send + 'static,
    R: FnOnce(&mut Batch<'_>) -> Attempt<T> + Send + 'static,
{
    Box::new(Queued {
        span: Span::current(),
        run: Some(run),
        result: None,
        reply,
    })
}

struct Queued<T, R> {
    /// That of the call, so that what its hooks log is seen to belong to it.
    span: Span,
    run: Option<R>,
    result: Option<Result<Written<T>, Error>>,
    reply: Reply<T>,
}

impl<T, R> WriteJob for Queued<T, R>
where
    T: Send + 'static,
    R: FnOnce(&mut Batch<'_>) -> Attempt<T> + Send + 'static,
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
        // Whoever asked may have gone.
        let _ = self.reply.send(result);
    }
}
