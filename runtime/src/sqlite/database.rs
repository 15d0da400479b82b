//! The handle of an open database: its threads, its queues, what they give back.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, TrySendError, bounded};
use rowcast_schema::Position;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::tables::{self, TableError};
use super::writer::{self, Job};
use super::{Reader, TableDefinition, Transaction, location, readers};
use crate::StoreError;
use crate::feed::{Feed, ListId};

/// How a database is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads that read, each with a connection of its own.
    pub readers: usize,
    /// Jobs that may wait for the writer, and as many for the readers; beyond that calls are refused as busy.
    pub queue: usize,
    /// Jobs that are committed together at most.
    pub batch: usize,
    /// Changes kept in memory for each list; a client that missed more gets the whole list.
    pub log: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 2,
            queue: 1024,
            batch: 256,
            log: 10_000,
        }
    }
}

/// Why a database could not be opened.
#[derive(thiserror::Error)]
#[error("can't open the database `{}`: {reason}", file.display())]
pub struct OpenError {
    file: PathBuf,
    #[source]
    reason: Box<dyn std::error::Error + Send + Sync>,
}

/// The same text, for a `main` that gives the error back.
impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The result of a write, and where the lists it changed stand now.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// What the job gave.
    pub value: T,
    /// For each list that the job changed, the position that contains its changes.
    pub positions: Vec<(ListId, Position)>,
}

impl<T> Written<T> {
    /// The position of one list, if the job changed it.
    pub fn position(&self, list: ListId) -> Option<&Position> {
        self.positions
            .iter()
            .find(|(changed, _)| *changed == list)
            .map(|(_, position)| position)
    }

    /// Gives something else with the same positions.
    pub fn map<U>(self, give: impl FnOnce(T) -> U) -> Written<U> {
        Written {
            value: give(self.value),
            positions: self.positions,
        }
    }
}

/// An open database. Clones share it; the last one to go finishes the queued jobs and closes it.
#[derive(Debug, Clone)]
pub struct Database(Arc<Threads>);

#[derive(Debug)]
struct Threads {
    jobs: Option<Sender<Box<dyn Job>>>,
    reads: Option<Sender<readers::Job>>,
    running: Vec<JoinHandle<()>>,
    feed: Arc<Feed>,
}

impl Database {
    /// Opens or creates the file at a path or `sqlite:` URL, and brings its tables up to the schema.
    ///
    /// # Errors
    /// When the file can't be opened, or has tables that can't be brought up to the schema.
    pub fn open(
        location: impl AsRef<Path>,
        options: Options,
        tables: &[TableDefinition],
    ) -> Result<Self, OpenError> {
        let location = location.as_ref();
        let fail = |reason: Box<dyn std::error::Error + Send + Sync>| OpenError {
            file: location.to_owned(),
            reason,
        };
        let file = location::file_of(location).map_err(|reason| fail(reason.into()))?;
        Self::start(&file, options, tables).map_err(|reason| fail(reason.into()))
    }

    fn start(
        file: &Path,
        options: Options,
        tables: &[TableDefinition],
    ) -> Result<Self, TableError> {
        let mut writer = connect(file)?;
        tables::prepare(&mut writer, tables)?;
        let feed = Arc::new(Feed::new(options.log));
        let (jobs, queue) = bounded(options.queue.max(1));
        let (reads, read_queue) = bounded(options.queue.max(1));
        let mut threads = Threads {
            jobs: Some(jobs),
            reads: Some(reads),
            running: Vec::new(),
            feed,
        };
        for _ in 0..options.readers.max(1) {
            let (connection, queue) = (connect(file)?, read_queue.clone());
            connection.pragma_update(None, "query_only", true)?;
            threads
                .running
                .push(thread::spawn(move || readers::run(&connection, &queue)));
        }
        let feed = threads.feed.clone();
        threads.running.push(thread::spawn(move || {
            writer::run(&writer, &queue, options.batch, &feed)
        }));
        Ok(Self(Arc::new(threads)))
    }

    /// Runs `work` on the writer's thread; what it did is kept if it gives `Ok`, and undone otherwise.
    ///
    /// Gives the result after the commit, when the changes are on the disk and in the feed. Several jobs share a commit,
    /// but each is undone alone. The job runs even if nobody waits for its result any more.
    ///
    /// # Errors
    /// What `work` gives; [`StoreError::Busy`] when too many jobs wait; an internal error for a panic in `work` or a
    /// commit that failed.
    pub async fn write<T, F>(&self, work: F) -> Result<Written<T>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        enqueue(self.0.jobs.as_ref(), writer::job(work, reply))?;
        result.await.map_err(closed)?
    }

    /// Runs `work` on a reader's thread, with a consistent snapshot.
    ///
    /// # Errors
    /// What `work` gives; [`StoreError::Busy`] when too many jobs wait; an internal error for a panic in `work`.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        enqueue(self.0.reads.as_ref(), readers::job(work, reply))?;
        result.await.map_err(closed)?
    }

    /// Where this database's changes go.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.0.feed
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.jobs = None;
        self.reads = None;
        for running in self.running.drain(..) {
            // The last handle may have been dropped by a job.
            if running.thread().id() != thread::current().id() {
                // A thread that panicked has nothing left to finish.
                let _ = running.join();
            }
        }
    }
}

fn enqueue<J>(queue: Option<&Sender<J>>, job: J) -> Result<(), StoreError> {
    match queue.map(|queue| queue.try_send(job)) {
        Some(Ok(())) => Ok(()),
        Some(Err(TrySendError::Full(_))) => Err(StoreError::Busy),
        Some(Err(TrySendError::Disconnected(_))) | None => {
            Err(StoreError::internal("the database is closed"))
        }
    }
}

fn closed(_: oneshot::error::RecvError) -> StoreError {
    StoreError::internal("the database was closed before the job was done")
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(512);
    Ok(connection)
}
