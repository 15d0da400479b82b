//! Follows what other processes write to the same file.

use rusqlite::Connection;

use super::change_records::InFile;
use super::followers::Followers;
use crate::store::{Error, Follower, PlannedChanges};

/// What other processes write to the same file, such as the server that this one takes over from.
pub(super) struct Others<'w> {
    pub(super) connection: &'w Connection,
    follower: Follower<'w>,
    followers: &'w Followers,
    version: Option<i64>,
}

impl<'w> Others<'w> {
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

    /// Tells the change log what they have written. SQLite counts their commits, but not those of this connection.
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

    /// Tells the change log what this process has written by a commit.
    pub(super) fn committed(&self, plan: PlannedChanges) -> Result<(), Error> {
        self.follower.committed(plan, &InFile::of(self.connection))
    }

    /// A commit failed, or it is not known whether it did. What it has stored must be read before positions are given again.
    pub(super) fn lose_track(&mut self) {
        self.version = None;
    }
}
