//! What the writer does while it has no jobs: it looks after the file.

use rusqlite::Connection;

use super::file::DatabaseFiles;
use super::others::Others;
use crate::store::Error;

/// Bytes of the write-ahead log that are kept on the disk. SQLite copies it into the database after about as many, so it
/// is longer only when a reader held a snapshot while much was written.
pub(super) const KEPT_LOG: u64 = 4 * 1024 * 1024;

/// The looks of an idle writer, and what was reported of them: the same fault is logged once, not with each look.
#[derive(Debug, Default)]
pub(super) struct Idle {
    reported: Option<String>,
}

impl Idle {
    /// Looks whether the files are still there, what other processes wrote, and whether the log can be cut.
    pub(super) fn look(&mut self, files: &DatabaseFiles, others: &mut Others<'_>) {
        let looked = files
            .check()
            .map_err(Error::internal)
            .and_then(|()| others.follow())
            .and_then(|()| cut_log(others.connection(), files));
        let error = looked.err().map(|error| error.to_string());
        if error == self.reported {
            return;
        }
        match &error {
            Some(error) => tracing::error!(%error, "the database can't be looked after"),
            None => tracing::info!("the database can be looked after again"),
        }
        self.reported = error;
    }
}

/// Copies a long log into the database and cuts it, unless a reader still needs it; then a later look tries again.
fn cut_log(connection: &Connection, files: &DatabaseFiles) -> Result<(), Error> {
    if files.log_bytes() <= KEPT_LOG {
        return Ok(());
    }
    // Jobs must not wait for a reader.
    let patience = connection.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, i64>(0))?;
    connection.pragma_update(None, "busy_timeout", 0)?;
    let cut = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get::<_, i64>(0)
    });
    connection.pragma_update(None, "busy_timeout", patience)?;
    cut?;
    Ok(())
}
