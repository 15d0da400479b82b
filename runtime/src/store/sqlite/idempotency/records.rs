//! Finds and writes the idempotency records of a file.

use std::borrow::Cow;
use std::time::SystemTime;

use rowcast_schema::Position;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::bounds::{Usage, seconds};
use super::names::{Name, Names};
use crate::store::ListDefinition;
use crate::store::{ChangeLog, Error, ListId, Positions, RowId};

/// Approximate lower bound of the bytes of a record in its table and in the indexes, besides its content.
const OVERHEAD: usize = 200;

const FIND: &str = "SELECT fingerprint, sealed FROM rowcast_idempotency_records WHERE name = ?1";
const FIND_OF_ACCOUNTS: &str = "SELECT 1 FROM rowcast_idempotency_records WHERE client_name = ?1";
const INSERT: &str = "
INSERT INTO rowcast_idempotency_records (name, client_name, owner, fingerprint, made, bytes, sealed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// What is stored of the answer to a call.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::store::sqlite) enum Kept {
    /// The answer itself.
    Answer(Box<RawValue>),
    /// The answer was longer than what is stored.
    TooLong,
    /// The row that was written; the answer is the current row.
    Row(RowId),
}

/// The content of a record, before it is encrypted.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content<'c> {
    /// By the names of the lists, as their order may differ when this is read.
    pub(super) positions: Vec<(Cow<'c, str>, u64)>,
    pub(super) kept: Kept,
}

/// A record to be written.
#[derive(Debug)]
pub(super) struct NewRecord<'r> {
    pub(super) name: &'r Name,
    pub(super) client: Option<&'r Name>,
    pub(super) counted_for: i64,
    pub(super) made: u64,
    pub(super) content: Content<'r>,
}

/// A record that was found.
#[derive(Debug)]
pub(in crate::store::sqlite) struct IdempotencyRecord {
    pub(in crate::store::sqlite) kept: Kept,
    pub(in crate::store::sqlite) positions: Positions,
}

/// The result of a look-up by key.
#[derive(Debug)]
pub(in crate::store::sqlite) enum Lookup {
    /// The call was not executed.
    Nothing,
    /// The call was executed, with this record.
    Same(IdempotencyRecord),
    /// Another call of the same owner was executed with this key.
    OtherCall,
    /// The call was executed for an account that had signed in on the same client.
    OfAccount,
}

/// The records of one file.
#[derive(Debug)]
pub(in crate::store::sqlite) struct Records<'w> {
    pub(in crate::store::sqlite) connection: &'w Connection,
    pub(in crate::store::sqlite) lists: &'w [ListDefinition],
    pub(in crate::store::sqlite) change_log: &'w ChangeLog,
}

impl Records<'_> {
    /// Looks a call up.
    ///
    /// A call of an account may have been made before the account signed in, so the records of its client are searched
    /// too. The other way round, the answer is the account's: it is not returned to a client on which the account has
    /// not signed in.
    pub(in crate::store::sqlite) fn find(&self, names: &Names) -> Result<Lookup, Error> {
        let candidates = [
            Some(&names.own),
            names.client.as_ref(),
            names.former.as_ref(),
        ];
        for name in candidates.into_iter().flatten() {
            match self.find_by(name)? {
                Lookup::Nothing => {}
                found => return Ok(found),
            }
        }
        match names.is_of_client && self.is_of_account(&names.own)? {
            true => Ok(Lookup::OfAccount),
            false => Ok(Lookup::Nothing),
        }
    }

    fn find_by(&self, name: &Name) -> Result<Lookup, Error> {
        let mut find = self.connection.prepare_cached(FIND)?;
        let found: Option<(Vec<u8>, Vec<u8>)> = find
            .query_row([&name.name[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            None => Ok(Lookup::Nothing),
            Some((fingerprint, _)) if fingerprint != name.fingerprint => Ok(Lookup::OtherCall),
            Some((_, sealed)) => self.read(&name.open(&sealed)?).map(Lookup::Same),
        }
    }

    fn is_of_account(&self, name: &Name) -> Result<bool, Error> {
        let mut find = self.connection.prepare_cached(FIND_OF_ACCOUNTS)?;
        Ok(find.exists([&name.name[..]])?)
    }

    fn read(&self, content: &[u8]) -> Result<IdempotencyRecord, Error> {
        let Content { positions, kept } = serde_json::from_slice(content)?;
        let known = positions.into_iter().filter_map(|(name, at)| {
            let list = self.list(&name)?;
            Some((list, self.position(list, at)))
        });
        Ok(IdempotencyRecord {
            kept,
            positions: known.collect(),
        })
    }

    fn list(&self, name: &str) -> Option<ListId> {
        let list = self.lists.iter().position(|list| list.name == name);
        list.map(ListId)
    }

    /// Positions of earlier epochs are valid in this one: the count never restarts.
    fn position(&self, list: ListId, at: u64) -> Position {
        Position {
            epoch: self.change_log.epoch(list).to_string(),
            at,
        }
    }

    /// Records the result of a call; returns the id of its record.
    pub(in crate::store::sqlite) fn keep(
        &self,
        names: &Names,
        kept: Kept,
        positions: &Positions,
        usage: &mut Usage,
    ) -> Result<i64, Error> {
        let positions = positions.iter().filter_map(|(list, position)| {
            Some((self.lists.get(list.0)?.name.into(), position.at))
        });
        let record = NewRecord {
            name: &names.own,
            client: names.client.as_ref(),
            counted_for: names.counted_for,
            made: seconds(SystemTime::now()),
            content: Content {
                positions: positions.collect(),
                kept,
            },
        };
        record.insert(self.connection, usage)
    }
}

impl Kept {
    /// The answer itself, if it has `max` bytes at most.
    pub(in crate::store::sqlite) fn of(answer: &RawValue, max: usize) -> Self {
        match answer.get().len() <= max {
            true => Self::Answer(answer.to_owned()),
            false => Self::TooLong,
        }
    }
}

impl NewRecord<'_> {
    /// Writes it; returns its id.
    pub(super) fn insert(&self, connection: &Connection, usage: &mut Usage) -> Result<i64, Error> {
        let sealed = self.name.seal(&serde_json::to_vec(&self.content)?)?;
        let bytes = OVERHEAD + sealed.len();
        connection.prepare_cached(INSERT)?.execute(params![
            &self.name.name[..],
            self.client.map(|client| &client.name[..]),
            self.counted_for,
            &self.name.fingerprint[..],
            self.made,
            bytes,
            sealed,
        ])?;
        usage.add(self.counted_for, bytes);
        Ok(connection.last_insert_rowid())
    }
}
