//! The bounds of idempotency records: their age, number and bytes.
//!
//! The bytes are counted for each account, and together for all clients without one, so that no commit scans the
//! records. They are counted for several commits at once, since each table that is written to costs a page of the log;
//! what a process has not counted when it ends is counted when the file is opened. When the bounds are exceeded, the
//! oldest records of the owner with the most bytes are deleted. So an account that writes much loses its own, and the
//! records of an account are safe from all others as long as it is not the one with the most. Clients without an
//! account can be invented by anyone; together they are treated as one more account, which keeps a quarter of the bytes
//! in any case.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, params};

use super::names::ANONYMOUS;
use crate::store::Error;

/// The longest answer that is stored, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Bytes that are deleted of an owner before another one may have the most.
const STEP: i64 = 64 * 1024;

/// Records, and bytes of them, that are added or removed before they are counted; fewer if the bounds are narrow.
const UNCOUNTED: usize = 64;
const UNCOUNTED_BYTES: usize = 64 * 1024;

const EXPIRE: &str = "
DELETE FROM rowcast_idempotency_records WHERE id IN (
    SELECT id FROM (SELECT id, made FROM rowcast_idempotency_records ORDER BY id LIMIT ?2) WHERE made < ?1
) RETURNING owner, bytes";
const TOTALS: &str = "SELECT bytes, records FROM rowcast_idempotency";
const ADD_TO_TOTALS: &str =
    "UPDATE rowcast_idempotency SET bytes = bytes + ?1, records = records + ?2";
const ADD_TO_OWNER: &str = "
INSERT INTO rowcast_idempotency_owners (owner, bytes, records) VALUES (?1, ?2, ?3)
ON CONFLICT (owner) DO UPDATE SET bytes = bytes + excluded.bytes, records = records + excluded.records";
const FORGET_OWNER: &str =
    "DELETE FROM rowcast_idempotency_owners WHERE owner = ?1 AND records <= 0";
const BYTES_OF: &str = "SELECT bytes FROM rowcast_idempotency_owners WHERE owner = ?1";
const LARGEST: &str = "
SELECT owner, bytes FROM rowcast_idempotency_owners WHERE owner <> ?1 ORDER BY bytes DESC LIMIT 1";
const OLDEST_OF: &str = "
SELECT id, bytes FROM rowcast_idempotency_records WHERE owner = ?1 AND id < ?2 ORDER BY id LIMIT 256";
const DROP_OLDEST_OF: &str = "
DELETE FROM rowcast_idempotency_records WHERE owner = ?1 AND id <= ?2";
const RECOUNT: &str = "
DELETE FROM rowcast_idempotency_owners;
INSERT INTO rowcast_idempotency_owners (owner, bytes, records)
    SELECT owner, sum(bytes), count(*) FROM rowcast_idempotency_records GROUP BY owner;
UPDATE rowcast_idempotency SET
    bytes = (SELECT coalesce(sum(bytes), 0) FROM rowcast_idempotency_owners),
    records = (SELECT coalesce(sum(records), 0) FROM rowcast_idempotency_owners);
";

/// The largest age, number and size of the records.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::sqlite) struct Bounds {
    pub(in crate::store::sqlite) age: Duration,
    pub(in crate::store::sqlite) count: usize,
    pub(in crate::store::sqlite) bytes: usize,
}

impl Bounds {
    /// The longest answer that is stored, in bytes: no single one takes much of the bound.
    pub(in crate::store::sqlite) fn max_answer(&self) -> usize {
        MAX_ANSWER.min(self.bytes / 16)
    }
}

/// The records that were added and removed for each owner, and not counted yet.
#[derive(Debug, Clone, Default)]
pub(in crate::store::sqlite) struct Usage {
    owners: BTreeMap<i64, Amount>,
    changes: usize,
    bytes: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Amount {
    bytes: i64,
    records: i64,
}

impl Usage {
    pub(super) fn add(&mut self, owner: i64, bytes: usize) {
        let bytes = signed(bytes);
        self.change(owner, Amount { bytes, records: 1 });
    }

    fn remove(&mut self, owner: i64, bytes: i64) {
        let bytes = -bytes;
        self.change(owner, Amount { bytes, records: -1 });
    }

    fn change(&mut self, owner: i64, by: Amount) {
        let amount = self.owners.entry(owner).or_default();
        amount.bytes += by.bytes;
        amount.records += by.records;
        self.changes += 1;
        let bytes = usize::try_from(by.bytes.unsigned_abs());
        self.bytes = self.bytes.saturating_add(bytes.unwrap_or(usize::MAX));
    }

    /// Adds the usage of a later commit.
    pub(in crate::store::sqlite) fn extend(&mut self, later: Self) {
        for (owner, by) in later.owners {
            let amount = self.owners.entry(owner).or_default();
            amount.bytes += by.bytes;
            amount.records += by.records;
        }
        self.changes += later.changes;
        self.bytes = self.bytes.saturating_add(later.bytes);
    }

    /// Whether so much is not counted, with `next`, that it should be.
    pub(in crate::store::sqlite) fn is_due(&self, next: &Self, bounds: Bounds) -> bool {
        self.changes + next.changes >= UNCOUNTED.min(bounds.count / 16)
            || self.bytes.saturating_add(next.bytes) >= UNCOUNTED_BYTES.min(bounds.bytes / 16)
    }

    /// Counts it in the file.
    pub(super) fn count(&mut self, connection: &Connection) -> Result<(), Error> {
        let mut all = Amount::default();
        for (owner, Amount { bytes, records }) in std::mem::take(&mut self.owners) {
            let mut add = connection.prepare_cached(ADD_TO_OWNER)?;
            add.execute(params![owner, bytes, records])?;
            if records < 0 {
                connection.prepare_cached(FORGET_OWNER)?.execute([owner])?;
            }
            all.bytes += bytes;
            all.records += records;
        }
        let mut add = connection.prepare_cached(ADD_TO_TOTALS)?;
        add.execute([all.bytes, all.records])?;
        *self = Self::default();
        Ok(())
    }
}

/// Deletes expired records, but `at_most` this number, so that no commit takes long.
pub(in crate::store::sqlite) fn expire(
    connection: &Connection,
    bounds: Bounds,
    usage: &mut Usage,
    at_most: usize,
) -> Result<(), Error> {
    let oldest = SystemTime::now().checked_sub(bounds.age).map_or(0, seconds);
    let mut expire = connection.prepare_cached(EXPIRE)?;
    let expired = expire.query_map(params![oldest, signed(at_most)], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    for removed in expired {
        let (owner, bytes) = removed?;
        usage.remove(owner, bytes);
    }
    Ok(())
}

/// Counts what was added and removed, and deletes records beyond the bounds.
///
/// Records with ids from `fresh` on stay: they belong to the current commit. So a commit may exceed the bounds until it
/// is counted.
pub(in crate::store::sqlite) fn trim(
    connection: &Connection,
    bounds: Bounds,
    mut usage: Usage,
    fresh: i64,
) -> Result<(), Error> {
    usage.count(connection)?;
    let mut is_recounted = false;
    while let Some(excess) = excess(connection, bounds)? {
        let owner = largest(connection, signed(bounds.bytes))?;
        if drop_oldest(connection, owner, excess, fresh)? {
            continue;
        }
        if is_recounted {
            break;
        }
        // Another process that has ended may have counted records for this owner that are deleted.
        recount(connection)?;
        is_recounted = true;
    }
    Ok(())
}

/// Brings all records within the bounds, however long that takes.
pub(super) fn trim_all(connection: &Connection, bounds: Bounds) -> Result<(), Error> {
    let mut usage = Usage::default();
    expire(connection, bounds, &mut usage, usize::MAX)?;
    trim(connection, bounds, usage, i64::MAX)
}

/// Counts all records anew, in case some were removed by hand.
pub(super) fn recount(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(RECOUNT)
}

/// By how much the records exceed the bounds, if they do.
fn excess(connection: &Connection, bounds: Bounds) -> Result<Option<Amount>, Error> {
    let mut totals = connection.prepare_cached(TOTALS)?;
    let excess = totals.query_row([], |row| {
        Ok(Amount {
            bytes: row.get::<_, i64>(0)? - signed(bounds.bytes),
            records: row.get::<_, i64>(1)? - signed(bounds.count),
        })
    })?;
    Ok((excess.bytes > 0 || excess.records > 0).then_some(excess))
}

/// The owner whose records are deleted.
fn largest(connection: &Connection, all: i64) -> Result<i64, Error> {
    let mut bytes_of = connection.prepare_cached(BYTES_OF)?;
    let anonymous = bytes_of.query_row([ANONYMOUS], |row| row.get(0));
    let anonymous: i64 = anonymous.optional()?.unwrap_or_default();
    let mut largest = connection.prepare_cached(LARGEST)?;
    let largest = largest.query_row([ANONYMOUS], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(match largest.optional()? {
        Some((owner, bytes)) if anonymous <= all / 4 || anonymous <= bytes => owner,
        _ => ANONYMOUS,
    })
}

/// Deletes the oldest records of an owner; returns whether there were any.
fn drop_oldest(
    connection: &Connection,
    owner: i64,
    excess: Amount,
    fresh: i64,
) -> Result<bool, Error> {
    let (mut usage, mut last, mut dropped) = (Usage::default(), None, Amount::default());
    let mut oldest = connection.prepare_cached(OLDEST_OF)?;
    let mut rows = oldest.query([owner, fresh])?;
    while dropped.bytes < excess.bytes.min(STEP) || dropped.records < excess.records {
        let Some(row) = rows.next()? else { break };
        let bytes = row.get(1)?;
        last = Some(row.get::<_, i64>(0)?);
        usage.remove(owner, bytes);
        dropped.bytes += bytes;
        dropped.records += 1;
    }
    let Some(last) = last else { return Ok(false) };
    drop(rows);
    let mut drop_oldest = connection.prepare_cached(DROP_OLDEST_OF)?;
    drop_oldest.execute([owner, last])?;
    usage.count(connection)?;
    Ok(true)
}

pub(super) fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
