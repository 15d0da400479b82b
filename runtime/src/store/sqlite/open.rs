//! Opens and checks a database before it accepts jobs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, TransactionBehavior};

use super::file::{DatabaseFiles, Identity};
use super::idempotency::{self, Bounds, Secret};
use super::maintenance::KEPT_WAL_BYTES;
use super::table_error::TableError;
use super::{change_records, check, leftover, tables};
use crate::store::{ChangeLog, StoreDefinition};

/// The options of a database.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads that read, each with a connection of its own.
    pub readers: usize,
    /// Jobs that may wait for the writer, and as many for the readers; further calls are rejected as busy.
    pub queue: usize,
    /// Jobs that are committed together at most.
    pub batch: usize,
    /// Changes kept for each list, in memory and in the file; a client that missed more is sent the whole list.
    pub changes: usize,
    /// How long idempotency records are kept: the results of calls with a key. Clients must have given up resending a
    /// call by then.
    pub idempotency_age: Duration,
    /// The most idempotency records that are kept.
    pub idempotency_records: usize,
    /// Bytes that all idempotency records may take in the file, with their indexes; a record takes some 300, and one of
    /// a command its answer besides. Beyond that, the owner with the most bytes loses its oldest records: an account,
    /// or all clients together on which no account has signed in, which keep a quarter in any case. One commit may
    /// exceed it until the next one.
    ///
    /// Of an answer at most 64 KiB are stored, and at most a sixteenth of this. A command with a longer answer is
    /// executed once all the same: a retry is rejected as a `conflict` that states this.
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

impl Options {
    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            age: self.idempotency_age,
            count: self.idempotency_records,
            bytes: self.idempotency_bytes,
        }
    }
}

/// Why a database could not be opened.
#[derive(thiserror::Error)]
#[error("can't open the database `{}`: {reason}", file.display())]
pub struct OpenError {
    pub(super) file: PathBuf,
    #[source]
    pub(super) reason: Box<dyn std::error::Error + Send + Sync>,
}

/// The same text, for a `main` that returns the error.
impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A file whose tables match the schema.
pub(super) struct Opened {
    pub(super) writer: Connection,
    pub(super) change_log: ChangeLog,
    pub(super) secret: Secret,
    pub(super) files: DatabaseFiles,
}

impl Opened {
    pub(super) fn of(
        file: &Path,
        options: Options,
        definition: &StoreDefinition,
    ) -> Result<Self, TableError> {
        check_folder(file)?;
        let found = Identity::of(file).ok();
        let mut writer = connect(file)?;
        let change_log = prepare(&mut writer, options, definition)?;
        let secret = idempotency::prepare(&mut writer, options.bounds())?;
        let files = DatabaseFiles::opened(file, found, &writer)?;
        Ok(Self {
            writer,
            change_log,
            secret,
            files,
        })
    }
}

/// Brings the tables up to the schema and resumes the change log, or changes nothing. Something is written in any case:
/// a file that can't be written must be found now, and not by the first call.
fn prepare(
    writer: &mut Connection,
    options: Options,
    definition: &StoreDefinition,
) -> Result<ChangeLog, TableError> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ready = prepare_tables(&transaction, definition);
    if ready.is_err() {
        // A missing column may be in a table that had another name.
        leftover::report_tables(&transaction, definition.tables)?;
    }
    ready?;
    let change_log = change_records::resume(&transaction, definition, options.changes)?;
    leftover::report(&transaction, definition.tables)?;
    transaction.commit()?;
    Ok(change_log)
}

/// Brings the tables up to the schema, and checks that their rows can be read.
fn prepare_tables(connection: &Connection, definition: &StoreDefinition) -> Result<(), TableError> {
    tables::prepare(connection, definition.tables)?;
    change_records::prepare(connection)?;
    let was_read = change_records::is_served_under(connection, definition.contract)?;
    check::stored_rows(connection, definition, was_read)
}

/// Explains a missing folder: SQLite only reports that it can't open the file.
fn check_folder(file: &Path) -> Result<(), TableError> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        _ if file.is_dir() => Err(TableError::IsFolder),
        Some(folder) if !folder.exists() => Err(TableError::NoFolder(folder.to_owned())),
        _ => Ok(()),
    }
}

/// A connection with the settings of the store.
pub(super) fn connect(file: &Path) -> Result<Connection, TableError> {
    let connection = Connection::open(file)?;
    // SQLite silently opens a file that it can't write for reading. Detected here, before it creates its side files,
    // which would be read-only too.
    if connection.is_readonly(MAIN_DB)? {
        return Err(TableError::ReadOnly);
    }
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", KEPT_WAL_BYTES as i64)?;
    // Without it, SQLite plans a statement anew when a bound value might change the plan. For emitted statements no
    // value does; a custom statement like `name LIKE ?1` uses no index with it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(512);
    Ok(connection)
}
