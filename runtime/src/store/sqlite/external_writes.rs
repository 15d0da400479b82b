//! Follows what other processes write to the same file.

use rusqlite::Connection;

use super::change_records::InFile;
use super::followers::Followers;
use crate::store::{Error, Follower, PlannedChanges};

/// The writes of other processes to the same file, such as the server that this one replaces.
pub(super) struct ExternalWrites<'w> {
    pub(super) connection: &'w Connection,
    follower: Follower<'w>,
    followers: &'w Followers,
    version: Option<i64>,
}

impl<'w> ExternalWrites<'w> {
    pub(super) fn new(
        connection: &'w Connection,
        follower: Follower<'w>,
        followers: &'w Followers,
    ) -> Self {
        Self {
            connection,
            follower,
            followers,
            version: None,
        }
    }

    pub(super) fn connection(&self) -> &'w Connection {
        self.connection
    }

    /// Reads the writes of other processes into the change log. SQLite counts their commits, but not those of this
    /// connection.
    pub(super) fn follow(&mut self) -> Result<(), Error> {
        let version = self
            .connection
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if self.version != Some(version) {
            self.followers.wake();
            self.follower.read(&InFile::of(self.connection))?;
            self.version = Some(version);
        }
        Ok(())
    }

    /// Brings a commit of this process into the change log.
    pub(super) fn committed(&self, plan: PlannedChanges) -> Result<(), Error> {
        self.follower.committed(plan, &InFile::of(self.connection))
    }

    /// A commit failed, or its outcome is unknown. The stored changes must be read before positions are assigned again.
    pub(super) fn mark_unknown(&mut self) {
        self.version = None;
    }
}
