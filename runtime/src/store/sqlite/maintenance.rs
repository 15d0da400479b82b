//! Maintains the file while the writer has no jobs.

use rusqlite::Connection;

use super::external_writes::ExternalWrites;
use super::file::DatabaseFiles;
use crate::store::Error;

/// Bytes of the write-ahead log that are kept on the disk. SQLite copies it into the database after about this size, so
/// it is longer only when a reader held a snapshot during many writes.
pub(super) const KEPT_WAL_BYTES: u64 = 4 * 1024 * 1024;

/// The maintenance by an idle writer, and its last reported fault: the same fault is logged once, not each time.
#[derive(Debug, Default)]
pub(super) struct Maintenance {
    reported: Option<String>,
}

impl Maintenance {
    /// Checks the files, follows the writes of other processes, and truncates the log if it is long.
    pub(super) fn run(&mut self, files: &DatabaseFiles, external: &mut ExternalWrites<'_>) {
        let maintained = files
            .check()
            .map_err(Error::internal)
            .and_then(|()| external.follow())
            .and_then(|()| truncate_wal(external.connection(), files));
        let error = maintained.err().map(|error| error.to_string());
        if error == self.reported {
            return;
        }
        match &error {
            Some(error) => tracing::error!(%error, "the database file can't be maintained"),
            None => tracing::info!("the database file can be maintained again"),
        }
        self.reported = error;
    }
}

/// Copies a long log into the database and truncates it, unless a reader still needs it; then it is retried later.
fn truncate_wal(connection: &Connection, files: &DatabaseFiles) -> Result<(), Error> {
    if files.wal_bytes() <= KEPT_WAL_BYTES {
        return Ok(());
    }
    // Jobs must not wait for a reader.
    let timeout = connection.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, i64>(0))?;
    connection.pragma_update(None, "busy_timeout", 0)?;
    let cut = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get::<_, i64>(0)
    });
    connection.pragma_update(None, "busy_timeout", timeout)?;
    cut?;
    Ok(())
}
