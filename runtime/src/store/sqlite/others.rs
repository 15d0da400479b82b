//! Follows what other processes write to the same file.

use rusqlite::Connection;

use super::change_records;
use super::followers::Followers;
use crate::store::{ChangeLog, Error, ListDefinition};

/// What other processes write to the same file, such as the server that this one takes over from.
pub(super) struct Others<'w> {
    pub(super) connection: &'w Connection,
    followers: &'w Followers,
    pub(super) version: Option<i64>,
}

impl<'w> Others<'w> {
    pub(super) fn new(connection: &'w Connection, followers: &'w Followers) -> Self {
        Self {
            connection,
            followers,
            version: None,
        }
    }

    pub(super) fn connection(&self) -> &'w Connection {
        self.connection
    }

    /// Tells the change log what they have written. SQLite counts their commits, but not those of this connection.
    pub(super) fn follow(
        &mut self,
        lists: &[ListDefinition],
        change_log: &ChangeLog,
    ) -> Result<(), Error> {
        let version = self
            .connection
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if self.version != Some(version) {
            self.followers.wake();
            change_records::follow(self.connection, lists, change_log)?;
            self.version = Some(version);
        }
        Ok(())
    }
}
