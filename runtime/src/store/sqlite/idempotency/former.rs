//! The records of an earlier version, which stored keys and answers in plain text, and had no owners.
//!
//! Opening a file converts them to this version and removes every trace of the former ones: the table is dropped, its
//! pages are overwritten, and the file is rewritten once, as pages that were freed before may still hold answers. An
//! unguessable key identifies its owner; shorter ones are not converted, nor are rejections, which are evaluated anew.
//! No former records are added later, so all of this ends a day after the first start.

use rusqlite::{Connection, Row, params};
use serde_json::value::RawValue;

use super::bounds::{Bounds, Usage, signed};
use super::names::{FORMER, Name, Namespace};
use super::records::{Content, Kept, NewRecord};
use crate::store::Error;
use crate::store::MIN_BEARER_KEY;

const EXISTS: &str =
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'rowcast_receipts'";
const ACCEPTED: &str = "
SELECT key, call, made, answer, positions FROM (
    SELECT id, key, call, made, answer, positions FROM rowcast_receipts
    WHERE code IS NULL AND length(key) >= ?1 ORDER BY id DESC LIMIT ?2
) ORDER BY id";
const DROP: &str =
    "PRAGMA secure_delete = ON; DROP TABLE rowcast_receipts; PRAGMA secure_delete = OFF";
const IS_ANY: &str = "SELECT 1 FROM rowcast_idempotency_records WHERE owner = ?1";
const WIPE: &str = "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)";

/// Converts the records, if there are any; returns whether there was a table of them.
pub(super) fn take_over(
    connection: &Connection,
    secret: &[u8; 32],
    bounds: Bounds,
) -> Result<bool, Error> {
    if !connection.prepare(EXISTS)?.exists([])? {
        return Ok(false);
    }
    let mut accepted = connection.prepare(ACCEPTED)?;
    let mut rows = accepted.query(params![MIN_BEARER_KEY, signed(bounds.count)])?;
    while let Some(row) = rows.next()? {
        take_over_one(connection, secret, bounds, row)?;
    }
    drop(rows);
    connection.execute_batch(DROP)?;
    Ok(true)
}

fn take_over_one(
    connection: &Connection,
    secret: &[u8; 32],
    bounds: Bounds,
    row: &Row<'_>,
) -> Result<(), Error> {
    let (key, call): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let (answer, positions): (String, String) = (row.get(3)?, row.get(4)?);
    let (Ok(answer), Ok(positions)) = (
        RawValue::from_string(answer),
        serde_json::from_str(&positions),
    ) else {
        // Damaged by hand; it could not be replayed before either.
        return Ok(());
    };
    let record = NewRecord {
        name: &Name::derive(secret, Namespace::Former, &key, &call),
        client: None,
        counted_for: FORMER,
        made: row.get(2)?,
        content: Content {
            positions,
            kept: Kept::of(&answer, bounds.max_answer()),
        },
    };
    // All records are counted once they are inserted.
    record.insert(connection, &mut Usage::default())?;
    Ok(())
}

/// Whether any of them are left.
pub(super) fn is_any(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare(IS_ANY)?.exists([FORMER])
}

/// Rewrites the file without the pages that were freed.
pub(super) fn wipe(connection: &Connection) {
    if let Err(error) = connection.execute_batch(WIPE) {
        tracing::warn!(
            %error,
            "answers that an earlier version kept may still lie in freed pages of the file: run VACUUM on it once no \
             other process uses it"
        );
    }
}
