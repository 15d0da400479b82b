//! The reader threads: each takes a job and runs it on one snapshot.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::Span;

use super::queue::JobReceiver;
use crate::store::{Error, Panicked, Reader};

/// Work for a reader; it sends its result itself.
pub(super) type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Takes jobs until the queue is closed and empty.
pub(super) fn run(connection: &Connection, waiting: &JobReceiver<Job>) {
    while let Ok(job) = waiting.take() {
        job(connection);
    }
}

pub(super) fn job<T, F>(work: F, reply: oneshot::Sender<Result<T, Error>>) -> Job
where
    T: Send + 'static,
    F: FnOnce(&Reader<'_>) -> Result<T, Error> + Send + 'static,
{
    let span = Span::current();
    Box::new(move |connection| {
        let _entered = span.enter();
        let result = catch_unwind(AssertUnwindSafe(|| in_snapshot(connection, work)))
            .unwrap_or_else(|payload| Err(Error::internal(Panicked::of(&*payload))));
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a snapshot could not be closed");
        }
        // The caller may have dropped its receiver.
        let _ = reply.send(result);
    })
}

fn in_snapshot<T>(
    connection: &Connection,
    work: impl FnOnce(&Reader<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    connection.execute_batch("BEGIN")?;
    let value = work(&Reader::new(connection))?;
    connection.execute_batch("COMMIT")?;
    Ok(value)
}
