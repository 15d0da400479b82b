//! The sessions that were ended before they expired, known in every process that shares the database.
//!
//! Each end is a row with a position. A process knows the ends up to some position, and reads later ones when the
//! writer's thread sees that the file has changed. Both the table and the ends in memory are bounded: an end is kept
//! until a day after its session would have expired.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use uuid::Uuid;

use crate::store::Error;
use crate::store::{Read, Transaction};

pub(super) const TABLES: [&str; 2] = [
    // AUTOINCREMENT: positions are not assigned twice, even when the latest rows are deleted.
    "CREATE TABLE IF NOT EXISTS rowcast_session_ends (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        expires INTEGER NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS rowcast_session_ends_expires ON rowcast_session_ends (expires)",
];
const RECORD: &str = "INSERT OR IGNORE INTO rowcast_session_ends (id, expires) VALUES (?1, ?2)";
const FORGET: &str = "
DELETE FROM rowcast_session_ends WHERE position IN (
    SELECT position FROM rowcast_session_ends WHERE expires < ?1 ORDER BY expires LIMIT 100
)";
const LAST: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'rowcast_session_ends'";
const LATER: &str = "SELECT id, expires FROM rowcast_session_ends WHERE position > ?1";

/// Seconds for which an expired end is kept, in case the clock is set back.
const MARGIN: u64 = 24 * 60 * 60;
/// Seconds between two searches for ends to forget in memory.
const FORGET_EVERY: u64 = 60;

/// Ends of sessions that expired before this time, in seconds since 1970, may be forgotten.
pub(super) fn forgettable(now: u64) -> u64 {
    now.saturating_sub(MARGIN)
}

/// Ends a session in all processes, once the transaction is committed.
pub(super) fn record(tx: &Transaction<'_>, id: &str, expires: u64) -> Result<(), Error> {
    tx.execute(RECORD, (id, expires))?;
    Ok(())
}

/// Deletes some forgettable ends: more than are added at a time.
pub(super) fn forget(tx: &Transaction<'_>, now: u64) -> Result<(), Error> {
    tx.execute(FORGET, [forgettable(now)])?;
    Ok(())
}

/// The ends that this process knows.
#[derive(Debug, Default)]
pub(super) struct Revocations(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    position: i64,
    /// The ended sessions, each with the time at which it would have expired.
    ended: HashMap<Uuid, u64>,
    forgotten_at: u64,
}

impl Revocations {
    pub(super) fn contain(&self, session: &Uuid) -> bool {
        self.read().ended.contains_key(session)
    }

    /// Reads the ends that were recorded since the last read.
    pub(super) fn follow(&self, read: &impl Read, now: u64) -> Result<(), Error> {
        let last = read.row(LAST, [], |row| row.get(0))?.unwrap_or(0);
        let known = self.read().position;
        // The file may have been replaced by an earlier one.
        let from = if last < known { 0 } else { known };
        let ended = read.rows(LATER, [from], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut known = self.write();
        known.position = last;
        for (id, expires) in ended {
            let id: String = id;
            if let Ok(id) = Uuid::try_parse(&id) {
                known.ended.insert(id, expires);
            }
        }
        known.forget(now);
        Ok(())
    }

    /// Forgets ends of sessions that expired long ago.
    pub(super) fn forget(&self, now: u64) {
        self.write().forget(now);
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self, now: u64) {
        if self.forgotten_at.abs_diff(now) >= FORGET_EVERY {
            self.forgotten_at = now;
            self.ended.retain(|_, expires| *expires >= forgettable(now));
            self.ended.shrink_to(2 * self.ended.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_an_end_for_a_day_longer_than_its_session() {
        let revocations = Revocations::default();
        let [early, late] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let day = MARGIN;
        revocations.write().ended = [(early, day), (late, 3 * day)].into();
        revocations.forget(2 * day);
        assert!(revocations.contain(&early) && revocations.contain(&late));
        revocations.forget(2 * day + FORGET_EVERY - 1);
        assert!(revocations.contain(&early), "it is looked for now and then");
        revocations.forget(2 * day + FORGET_EVERY);
        assert!(!revocations.contain(&early) && revocations.contain(&late));
        // The clock is set back.
        revocations.forget(day);
        assert!(revocations.contain(&late));
        revocations.forget(5 * day);
        assert!(revocations.read().ended.is_empty());
    }
}
