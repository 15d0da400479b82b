//! What calls with a key were answered, so that a repeated one is answered the same and not carried out again.

use std::time::{Duration, SystemTime};

use rowcast_schema::{ErrorCode, FieldErrors, Position};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::value::RawValue;

use super::{ListDefinition, Written};
use crate::StoreError;
use crate::feed::{Feed, ListId, Positions};

/// By what a call is known again when it is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What the client has named this call; nobody else's call may have the same name.
    pub key: String,
    /// Stands for the event and its payload: a key that comes with others was not meant for them.
    pub call: Vec<u8>,
}

/// What a call with a key was answered: its data as JSON, or why it was refused.
pub(super) type Answer = Result<Written<Box<RawValue>>, StoreError>;

pub(super) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS rowcast_receipts (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    call BLOB NOT NULL,
    made INTEGER NOT NULL,
    code TEXT,
    answer TEXT NOT NULL,
    positions TEXT NOT NULL
);
";
const FIND: &str = "SELECT call, code, answer, positions FROM rowcast_receipts WHERE key = ?1";
const KEEP: &str = "
INSERT INTO rowcast_receipts (key, call, made, code, answer, positions)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
// Receipts are numbered in the order of their age, so the oldest are found without an index of their own.
const EXPIRE: &str = "
DELETE FROM rowcast_receipts WHERE id IN (
    SELECT id FROM (SELECT id, made FROM rowcast_receipts ORDER BY id LIMIT ?3)
    WHERE made < ?1 OR id <= (SELECT max(id) FROM rowcast_receipts) - ?2
)";

/// Which receipts are kept: those that are younger than `age`, but only the latest `count` of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    pub(super) age: Duration,
    pub(super) count: usize,
}

/// The receipts of one file.
#[derive(Debug)]
pub(super) struct Receipts<'w> {
    pub(super) connection: &'w Connection,
    /// The lists; receipts name them, since their order may differ when one is read.
    pub(super) lists: &'w [ListDefinition],
    pub(super) feed: &'w Feed,
}

impl Receipts<'_> {
    /// What the same call was answered earlier.
    pub(super) fn find(&self, receipt: &Receipt) -> Result<Option<Answer>, StoreError> {
        let mut find = self.connection.prepare_cached(FIND)?;
        let found = find
            .query_row([&receipt.key], |row| self.read(row, receipt))
            .optional()?;
        found.transpose()
    }

    fn read(
        &self,
        row: &Row<'_>,
        receipt: &Receipt,
    ) -> rusqlite::Result<Result<Answer, StoreError>> {
        if row.get_ref(0)?.as_blob()? != receipt.call {
            return Ok(Ok(Err(StoreError::Conflict(FieldErrors::general(
                "this key was used for another call",
            )))));
        }
        let code: Option<String> = row.get(1)?;
        let (answer, positions): (String, String) = (row.get(2)?, row.get(3)?);
        Ok(self.decode(code, answer, &positions))
    }

    fn decode(
        &self,
        code: Option<String>,
        answer: String,
        positions: &str,
    ) -> Result<Answer, StoreError> {
        if let Some(code) = code {
            let code: ErrorCode = serde_json::from_value(code.into())?;
            let errors = serde_json::from_str(&answer)?;
            return Ok(Err(StoreError::Repeated { code, errors }));
        }
        let positions: Vec<(String, u64)> = serde_json::from_str(positions)?;
        let known = positions.into_iter().filter_map(|(list, at)| {
            let list = self.list(&list)?;
            Some((list, self.position(list, at)))
        });
        Ok(Ok(Written {
            value: RawValue::from_string(answer)?,
            positions: known.collect(),
        }))
    }

    fn list(&self, name: &str) -> Option<ListId> {
        self.lists
            .iter()
            .position(|list| list.name == name)
            .map(ListId)
    }

    /// Positions of earlier epochs are positions of this one too: they were never counted anew.
    fn position(&self, list: ListId, at: u64) -> Position {
        Position {
            epoch: self.feed.epoch(list).to_string(),
            at,
        }
    }

    /// Keeps what a call is going to be answered.
    pub(super) fn keep(&self, receipt: &Receipt, answer: &Answer) -> Result<(), StoreError> {
        let (code, text, positions) = match answer {
            Ok(written) => (
                None,
                written.value.get().to_owned(),
                self.named(&written.positions)?,
            ),
            Err(refusal) => (
                Some(code_of(refusal)?),
                serde_json::to_string(&refusal.errors())?,
                self.named(&Positions::new())?,
            ),
        };
        self.connection.prepare_cached(KEEP)?.execute(params![
            receipt.key,
            receipt.call,
            seconds(SystemTime::now()),
            code,
            text,
            positions,
        ])?;
        Ok(())
    }

    fn named(&self, positions: &Positions) -> Result<String, StoreError> {
        let named: Vec<(&str, u64)> = positions
            .iter()
            .filter_map(|(list, position)| Some((self.lists.get(list.0)?.name, position.at)))
            .collect();
        Ok(serde_json::to_string(&named)?)
    }

    /// Forgets receipts, but at most so many at a time, so that no commit takes long for it.
    pub(super) fn expire(&self, keep: Keep, at_most: usize) -> Result<(), StoreError> {
        let oldest = SystemTime::now().checked_sub(keep.age).map_or(0, seconds);
        let count = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.connection.prepare_cached(EXPIRE)?.execute(params![
            oldest,
            count(keep.count),
            count(at_most)
        ])?;
        Ok(())
    }
}

/// Whether a refusal is final, so that the call must be answered the same when it is repeated.
pub(super) fn is_final(refusal: &StoreError) -> bool {
    !matches!(
        refusal,
        StoreError::Busy | StoreError::Throttled(_) | StoreError::Internal(_)
    )
}

fn code_of(refusal: &StoreError) -> Result<String, StoreError> {
    match serde_json::to_value(refusal.code())? {
        serde_json::Value::String(code) => Ok(code),
        other => Err(StoreError::internal(format!("{other} is no code"))),
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
