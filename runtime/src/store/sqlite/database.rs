//! The handle of an open database: its threads, its queues and their results.

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::batch::{Answered, Replay, Settings};
use super::file::{DatabaseFiles, FileFault};
use super::followers::Followers;
use super::idempotency::Secret;
use super::open::{self, OpenError, Opened, Options};
use super::queue::{Queue, queue};
use super::table_error::TableError;
use super::writer::{self, WriteJob};
use super::{IdempotencyKey, location, readers};
use crate::metrics::{READER_QUEUE_DEPTH, WRITER_QUEUE_DEPTH};
use crate::store::unreadable::Unreadable;
use crate::store::{
    ChangeLog, Error, ListDefinition, ListId, Reader, RowId, StoreDefinition, Transaction, Written,
};

/// An open database. Clones share it; dropping the last one finishes the queued jobs and closes it.
#[derive(Debug, Clone)]
pub struct Database(Arc<Threads>);

#[derive(Debug)]
struct Threads {
    jobs: Queue<Box<dyn WriteJob>>,
    reads: Queue<readers::Job>,
    secret: Secret,
    running: Vec<JoinHandle<()>>,
    lists: &'static [ListDefinition],
    change_log: Arc<ChangeLog>,
    followers: Arc<Followers>,
    files: Arc<DatabaseFiles>,
    unreadable: Unreadable,
}

impl Database {
    /// Opens or creates the file at a path or `sqlite:` URL, and brings its tables up to the schema.
    ///
    /// When the file was last served under another contract, all rows of the live lists are read once.
    ///
    /// # Errors
    /// When the file can't be opened or written, has tables that can't be brought up to the schema, or rows that the
    /// schema can't read: the error names their tables, columns and ids, and what to do.
    pub fn open(
        location: impl AsRef<Path>,
        options: Options,
        definition: &StoreDefinition,
    ) -> Result<Self, OpenError> {
        let location = location.as_ref();
        let fail = |reason: Box<dyn std::error::Error + Send + Sync>| OpenError {
            file: location.to_owned(),
            reason,
        };
        let file = location::file_of(location).map_err(|reason| fail(reason.into()))?;
        Self::start(&file, options, definition).map_err(|reason| fail(reason.explained().into()))
    }

    fn start(
        file: &Path,
        options: Options,
        definition: &StoreDefinition,
    ) -> Result<Self, TableError> {
        let Opened {
            writer: connection,
            change_log,
            secret,
            files,
        } = Opened::of(file, options, definition)?;
        let (jobs, waiting) = queue(options.queue, WRITER_QUEUE_DEPTH);
        let (reads, waiting_reads) = queue::<readers::Job>(options.queue, READER_QUEUE_DEPTH);
        let mut threads = Threads {
            jobs,
            reads,
            secret,
            running: Vec::new(),
            lists: definition.lists,
            change_log: Arc::new(change_log),
            followers: Arc::default(),
            files: Arc::new(files),
            unreadable: Unreadable::default(),
        };
        for _ in 0..options.readers.max(1) {
            let (connection, waiting) = (open::connect(file)?, waiting_reads.clone());
            connection.pragma_update(None, "query_only", true)?;
            let run = move || readers::run(&connection, &waiting);
            threads.running.push(thread::spawn(run));
        }
        // Readers must have opened the same file as the writer.
        threads.files.check().map_err(std::io::Error::other)?;
        let settings = Settings {
            files: threads.files.clone(),
            batch: options.batch,
            lists: definition.lists,
            keep_changes: options.changes,
            keep_records: options.bounds(),
        };
        let (change_log, followers) = (threads.change_log.clone(), threads.followers.clone());
        let run = move || writer::run(&connection, &waiting, &change_log, &followers, &settings);
        let writer = thread::Builder::new().name("rowcast-writer".into());
        threads.running.push(writer.spawn(run)?);
        Ok(Self(Arc::new(threads)))
    }

    /// Runs `work` on the writer's thread; its effects are kept if it returns `Ok`, and rolled back otherwise.
    ///
    /// Returns the result after the commit, when the changes are on the disk and in the change log. Several jobs share
    /// a commit, but each is rolled back alone. The job runs even if its result is not awaited any more.
    ///
    /// # Errors
    /// The error of `work`; [`Error::Busy`] when too many jobs wait; an internal error for a panic in `work` or a
    /// commit that failed.
    pub async fn write<T, F>(&self, work: F) -> Result<Written<T>, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        self.0.jobs.put(writer::job(work, reply))?;
        result.await.map_err(closed)?
    }

    /// [`Database::write`] for work that must not be executed twice. The first time, its result is stored with its
    /// effects, in the same commit; after that the result is replayed, also after a restart, and `work` does not run.
    ///
    /// Work that was rejected has changed nothing, so it is not recorded, and runs again.
    ///
    /// # Errors
    /// As [`Database::write`]; a conflict when the key was used for another call, or when the result of `work` was too
    /// long to be stored (see [`Options::idempotency_bytes`]); unauthenticated when a client without an account repeats
    /// a call that was executed for an account on the same client.
    pub async fn write_once<F>(
        &self,
        key: IdempotencyKey,
        work: F,
    ) -> Result<Written<Box<RawValue>>, Error>
    where
        F: FnOnce(&Transaction<'_>) -> Result<Box<RawValue>, Error> + Send + 'static,
    {
        self.once(&key, |tx| Ok((work(tx)?, None)), None).await
    }

    /// [`Database::write_once`] for work that writes a row and returns it, with its id. The row is not stored: after
    /// the first time, `replay` returns the current row. It must only read, and check whether the caller may still see
    /// the row.
    ///
    /// # Errors
    /// As [`Database::write_once`], and the error of `replay`.
    pub async fn write_row_once<F, R>(
        &self,
        key: IdempotencyKey,
        work: F,
        replay: R,
    ) -> Result<Written<Box<RawValue>>, Error>
    where
        F: FnOnce(&Transaction<'_>) -> Result<(RowId, Box<RawValue>), Error> + Send + 'static,
        R: FnOnce(&Transaction<'_>, RowId) -> Result<Box<RawValue>, Error> + Send + 'static,
    {
        let work = |tx: &Transaction<'_>| work(tx).map(|(id, row)| (row, Some(id)));
        self.once(&key, work, Some(Box::new(replay))).await
    }

    async fn once<F>(
        &self,
        key: &IdempotencyKey,
        work: F,
        replay: Option<Replay>,
    ) -> Result<Written<Box<RawValue>>, Error>
    where
        F: FnOnce(&Transaction<'_>) -> Result<Answered, Error> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        let names = self.0.secret.names(key);
        self.0
            .jobs
            .put(writer::job_once(names, work, replay, reply))?;
        result.await.map_err(closed)?
    }

    /// Sends whole lists to every client again, for when their rows were changed by other means than this store.
    ///
    /// Each list begins a new epoch, so that clients that have seen later changes than its rows have (a backup was
    /// restored) don't continue from there, whether they are connected now or reconnect later.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn refresh(&self, lists: &[ListId]) -> Result<(), Error> {
        let lists = lists.to_vec();
        let reset = move |tx: &Transaction<'_>| {
            lists.into_iter().for_each(|list| tx.reset(list));
            Ok(())
        };
        self.write(reset).await.map(|written| written.value)
    }

    /// Runs `work` on a reader's thread, with a consistent snapshot.
    ///
    /// # Errors
    /// The error of `work`; [`Error::Busy`] when too many jobs wait; an internal error for a panic in `work`.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        self.0.reads.put(readers::job(work, reply))?;
        result.await.map_err(closed)?
    }

    /// The live lists, in the order of their ids.
    pub fn lists(&self) -> &'static [ListDefinition] {
        self.0.lists
    }

    /// Calls `follow` on the writer's thread soon after another process has written to the file, and after
    /// [`Database::wake_followers`], until it returns false. When it fails it is called again.
    #[cfg_attr(not(feature = "accounts"), allow(dead_code))]
    pub(crate) fn follow<F>(&self, follow: F)
    where
        F: FnMut(&Reader<'_>) -> Result<bool, Error> + Send + 'static,
    {
        self.0.followers.add(follow);
    }

    /// Calls the functions of [`Database::follow`] when the writer's next transaction has ended, before its jobs
    /// receive their results.
    #[cfg_attr(not(feature = "accounts"), allow(dead_code))]
    pub(crate) fn wake_followers(&self) {
        self.0.followers.wake();
    }

    /// Whether the file is still the one that was opened: writes fail when it was deleted or replaced.
    pub(crate) fn check_files(&self) -> Result<(), FileFault> {
        self.0.files.check()
    }

    /// The unreadable rows of live lists that were reported.
    pub(in crate::store) fn unreadable(&self) -> &Unreadable {
        &self.0.unreadable
    }

    /// The change log that receives this database's changes.
    pub fn change_log(&self) -> &Arc<ChangeLog> {
        &self.0.change_log
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.jobs.close();
        self.reads.close();
        for running in self.running.drain(..) {
            // The last handle may have been dropped by a job.
            if running.thread().id() != thread::current().id() {
                // A thread that panicked has nothing left to finish.
                let _ = running.join();
            }
        }
    }
}

fn closed(_: oneshot::error::RecvError) -> Error {
    Error::internal("the database was closed before the job was done")
}
