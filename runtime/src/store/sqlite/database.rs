//! The handle of an open database: its threads, its queues, what they give back.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError, bounded};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, TransactionBehavior};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::batch::{Done, Replay, Settings};
use super::depth::{Depth, Depths};
use super::file::{DatabaseFiles, FileFault, Identity};
use super::followers::Followers;
use super::idempotency::{self, Bounds, Secret};
use super::idle::KEPT_LOG;
use super::leftover;
use super::table_error::TableError;
use super::tables;
use super::writer::{self, WriteJob};
use super::{IdempotencyKey, change_records, check, location, readers};
use crate::store::unreadable::Unreadable;
use crate::store::{
    ChangeLog, Error, ListDefinition, ListId, Reader, RowId, StoreDefinition, Transaction, Written,
};

/// How a database is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads that read, each with a connection of its own.
    pub readers: usize,
    /// Jobs that may wait for the writer, and as many for the readers; beyond that calls are refused as busy.
    pub queue: usize,
    /// Jobs that are committed together at most.
    pub batch: usize,
    /// Changes kept for each list, in memory and in the file; a client that missed more gets the whole list.
    pub changes: usize,
    /// How long idempotency records are kept: what calls with a key came to. Clients must have given up sending a call
    /// again by then.
    pub idempotency_age: Duration,
    /// How many idempotency records are kept at most.
    pub idempotency_records: usize,
    /// How many bytes all idempotency records may take in the file, with their indexes; a record takes some 300, and one
    /// of a command its answer besides. Beyond that, the owner with the most bytes loses its oldest records: an account,
    /// or all clients together on which no account has signed in, which keep a quarter in any case. What one commit adds
    /// may exceed it until the next one.
    ///
    /// Of an answer at most 64 KiB are kept, and at most a sixteenth of this. A command whose answer is longer is carried
    /// out once all the same: a retry is rejected as a `conflict` that says so.
    pub idempotency_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 2,
            queue: 1024,
            batch: 256,
            changes: 10_000,
            idempotency_age: Duration::from_hours(24),
            idempotency_records: 1_000_000,
            idempotency_bytes: 64 * 1024 * 1024,
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

/// An open database. Clones share it; the last one to go finishes the queued jobs and closes it.
#[derive(Debug, Clone)]
pub struct Database(Arc<Threads>);

#[derive(Debug)]
struct Threads {
    jobs: Option<Sender<Box<dyn WriteJob>>>,
    reads: Option<Sender<readers::Job>>,
    depths: Depths,
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
    /// When the file can't be opened or written, has tables that can't be brought up to the schema, or rows that can't be
    /// read as the schema has them: the error names their tables, columns and ids, and what to do.
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
        check_place(file)?;
        let found = Identity::of(file).ok();
        let mut writer = connect(file)?;
        let change_log = prepare(&mut writer, options, definition)?;
        let keep_records = Bounds {
            age: options.idempotency_age,
            count: options.idempotency_records,
            bytes: options.idempotency_bytes,
        };
        let secret = idempotency::prepare(&mut writer, keep_records)?;
        let files = Arc::new(DatabaseFiles::opened(file, found, &writer)?);
        let (jobs, queue) = bounded(options.queue.max(1));
        let (reads, read_queue) = bounded(options.queue.max(1));
        let mut threads = Threads {
            jobs: Some(jobs),
            reads: Some(reads),
            depths: Depths::measured(),
            secret,
            running: Vec::new(),
            lists: definition.lists,
            change_log: Arc::new(change_log),
            followers: Arc::default(),
            files: files.clone(),
            unreadable: Unreadable::default(),
        };
        for _ in 0..options.readers.max(1) {
            let (connection, queue) = (connect(file)?, read_queue.clone());
            let depth = threads.depths.readers.clone();
            connection.pragma_update(None, "query_only", true)?;
            threads.running.push(thread::spawn(move || {
                readers::run(&connection, &queue, &depth)
            }));
        }
        let (change_log, depth) = (threads.change_log.clone(), threads.depths.writer.clone());
        let followers = threads.followers.clone();
        // Readers must have opened the same file as the writer.
        files.check().map_err(std::io::Error::other)?;
        let settings = Settings {
            files,
            batch: options.batch,
            lists: definition.lists,
            keep_changes: options.changes,
            keep_records,
        };
        let running = thread::Builder::new()
            .name("rowcast-writer".into())
            .spawn(move || {
                writer::run(&writer, &queue, &depth, &change_log, &followers, &settings)
            })?;
        threads.running.push(running);
        Ok(Self(Arc::new(threads)))
    }

    /// Runs `work` on the writer's thread; what it did is kept if it gives `Ok`, and undone otherwise.
    ///
    /// Gives the result after the commit, when the changes are on the disk and in the change log. Several jobs share a commit,
    /// but each is undone alone. The job runs even if nobody waits for its result any more.
    ///
    /// # Errors
    /// What `work` gives; [`Error::Busy`] when too many jobs wait; an internal error for a panic in `work` or a
    /// commit that failed.
    pub async fn write<T, F>(&self, work: F) -> Result<Written<T>, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        self.0.write(writer::job(work, reply))?;
        result.await.map_err(closed)?
    }

    /// [`Database::write`] for work that must not be done twice. The first time, what it gives is kept with what it wrote,
    /// in the same commit; after that it is given again, also after a restart, and `work` does not run.
    ///
    /// Work that was rejected has changed nothing, so it is not recorded, and runs again.
    ///
    /// # Errors
    /// As [`Database::write`]; a conflict when the key was used for another call, or when what `work` gave was too long to
    /// be kept (see [`Options::idempotency_bytes`]); unauthenticated when a client without an account asks for what was
    /// done for an account on the same client.
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

    /// [`Database::write_once`] for work that writes a row and gives it, with its id. The row is not kept: after the first
    /// time, `replay` gives what it is now. It is to read only, and to look whether the caller may still see the row.
    ///
    /// # Errors
    /// As [`Database::write_once`], and what `replay` gives.
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
        F: FnOnce(&Transaction<'_>) -> Result<Done, Error> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        let names = self.0.secret.names(key);
        self.0.write(writer::job_once(names, work, replay, reply))?;
        result.await.map_err(closed)?
    }

    /// Sends whole lists to every client once more, for when their rows were changed by other means than this store.
    ///
    /// Each list begins a new epoch, so that clients that have seen later changes than its rows have (a backup was restored)
    /// don't go on from there, whether they are connected now or come back later.
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
    /// What `work` gives; [`Error::Busy`] when too many jobs wait; an internal error for a panic in `work`.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        self.0.read(readers::job(work, reply))?;
        result.await.map_err(closed)?
    }

    /// The live lists, in the order of their ids.
    pub fn lists(&self) -> &'static [ListDefinition] {
        self.0.lists
    }

    /// Calls `follow` on the writer's thread soon after another process has written to the file, and after
    /// [`Database::wake_followers`]; until it gives false. When it fails it is called again.
    #[cfg_attr(not(feature = "accounts"), allow(dead_code))]
    pub(crate) fn follow<F>(&self, follow: F)
    where
        F: FnMut(&Reader<'_>) -> Result<bool, Error> + Send + 'static,
    {
        self.0.followers.add(follow);
    }

    /// Calls what was given to [`Database::follow`] when the writer's next transaction has ended, before its jobs get their
    /// results.
    #[cfg_attr(not(feature = "accounts"), allow(dead_code))]
    pub(crate) fn wake_followers(&self) {
        self.0.followers.wake();
    }

    /// Whether the file is still the one that was opened: writes fail when it was deleted or replaced.
    pub(crate) fn check_files(&self) -> Result<(), FileFault> {
        self.0.files.check()
    }

    /// The rows that live lists had to leave out.
    pub(in crate::store) fn unreadable(&self) -> &Unreadable {
        &self.0.unreadable
    }

    /// Where this database's changes go.
    pub fn change_log(&self) -> &Arc<ChangeLog> {
        &self.0.change_log
    }
}

impl Threads {
    fn write(&self, job: Box<dyn WriteJob>) -> Result<(), Error> {
        enqueue(self.jobs.as_ref(), job, &self.depths.writer)
    }

    fn read(&self, job: readers::Job) -> Result<(), Error> {
        enqueue(self.reads.as_ref(), job, &self.depths.readers)
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

fn enqueue<J>(queue: Option<&Sender<J>>, job: J, depth: &Depth) -> Result<(), Error> {
    depth.coming();
    let taken = match queue.map(|queue| queue.try_send(job)) {
        Some(Ok(())) => Ok(()),
        Some(Err(TrySendError::Full(_))) => Err(Error::Busy),
        Some(Err(TrySendError::Disconnected(_))) | None => {
            Err(Error::internal("the database is closed"))
        }
    };
    if taken.is_err() {
        depth.gone(1);
    }
    taken
}

fn closed(_: oneshot::error::RecvError) -> Error {
    Error::internal("the database was closed before the job was done")
}

/// Brings the tables up to the schema and takes up the change log, or changes nothing. Something is written in any case: a file
/// that can't be written must be found now, and not by the first call.
fn prepare(
    writer: &mut Connection,
    options: Options,
    definition: &StoreDefinition,
) -> Result<ChangeLog, TableError> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ready = ready_tables(&transaction, definition);
    if ready.is_err() {
        // What is missing may be in a table that had another name.
        leftover::report_tables(&transaction, definition.tables)?;
    }
    ready?;
    let change_log = change_records::resume(&transaction, definition, options.changes)?;
    leftover::report(&transaction, definition.tables)?;
    transaction.commit()?;
    Ok(change_log)
}

/// Brings the tables up to the schema, and makes sure that their rows can be read.
fn ready_tables(connection: &Connection, definition: &StoreDefinition) -> Result<(), TableError> {
    tables::prepare(connection, definition.tables)?;
    change_records::prepare(connection)?;
    let was_read = change_records::is_served_under(connection, definition.contract)?;
    check::stored_rows(connection, definition, was_read)
}

/// SQLite says only that it can't open the file.
fn check_place(file: &Path) -> Result<(), TableError> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        _ if file.is_dir() => Err(TableError::IsFolder),
        Some(folder) if !folder.exists() => Err(TableError::NoFolder(folder.to_owned())),
        _ => Ok(()),
    }
}

fn connect(file: &Path) -> Result<Connection, TableError> {
    let connection = Connection::open(file)?;
    // SQLite opens for reading what it can't write, without a word. Found here, before it makes its other files, which
    // would be read-only too.
    if connection.is_readonly(MAIN_DB)? {
        return Err(TableError::ReadOnly);
    }
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", KEPT_LOG as i64)?;
    // Without it, SQLite plans a statement anew when a value that is bound might change the plan. Of what is emitted, no value
    // does; a statement of the application's own like `name LIKE ?1` reads no index by it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(512);
    Ok(connection)
}
