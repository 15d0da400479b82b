//! `Changes` with encoded rows.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::parts::{Part, Rows, id_of, rows_of};
use crate::store::{Cursor, Error, RowId};

/// The changes of one list from one position to another of the same epoch, or the whole list.
#[derive(Debug, Clone)]
pub(super) struct Delta {
    pub(super) from: Option<u64>,
    pub(super) to: Cursor,
    pub(super) put: Arc<RawValue>,
    pub(super) dropped: Arc<[RowId]>,
    /// The id after which the next part of the list begins, if there is one.
    pub(super) more: Option<RowId>,
}

impl Delta {
    /// Positions only: nothing visible changed between them.
    pub(super) fn heartbeat(from: u64, to: Cursor) -> Result<Self, Error> {
        let none: [(); 0] = [];
        Ok(Self {
            from: Some(from),
            to,
            put: to_raw_value(&none[..])?.into(),
            dropped: Arc::new([]),
            more: None,
        })
    }

    /// A whole list.
    pub(super) fn whole((at, rows): (Cursor, Arc<Rows>)) -> Self {
        let rows = rows.json().clone();
        Self::initial(at, Part { rows, more: None })
    }

    /// A whole list, or as many of its first rows as fit into `budget` bytes.
    pub(super) fn first_part(
        (at, rows): (Cursor, Arc<Rows>),
        budget: usize,
    ) -> Result<Self, Error> {
        Ok(Self::initial(at, rows.first_part(budget)?))
    }

    fn initial(at: Cursor, Part { rows, more }: Part) -> Self {
        Self {
            from: None,
            to: at,
            put: rows,
            dropped: Arc::new([]),
            more,
        }
    }

    /// Adds a part of the list, whose rows may be older than these changes: for each id, these changes take precedence.
    pub(super) fn with_part(mut self, part: Part) -> Result<Self, Error> {
        self.more = part.more;
        let changed: Vec<_> = rows_of(&self.put).collect();
        if changed.is_empty() && self.dropped.is_empty() {
            self.put = part.rows;
            return Ok(self);
        }
        let put = changed.iter().filter_map(|row| id_of(row));
        let named: HashSet<RowId> = put.chain(self.dropped.iter().cloned()).collect();
        let is_named = |row: &&RawValue| id_of(row).is_some_and(|id| named.contains(&id));
        let unchanged = rows_of(&part.rows).filter(|row| !is_named(row));
        let rows: Vec<_> = unchanged.chain(changed).collect();
        self.put = to_raw_value(&rows)?.into();
        Ok(self)
    }

    /// Approximate bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let ids = self.dropped.iter().map(|id| match id {
            RowId::Int(_) => 0,
            RowId::Text(text) => text.len(),
        });
        self.put.get().len() + size_of_val(&*self.dropped) + ids.sum::<usize>()
    }

    /// The wire form; `suffix` is the end of the view's epochs.
    pub(super) fn on_wire(&self, suffix: &str) -> Changes<'_> {
        Changes {
            epoch: format!("{}{suffix}", self.to.epoch),
            from: self.from,
            to: self.to.at,
            put: &self.put,
            dropped: &self.dropped,
            more: self.more.as_ref(),
        }
    }

    /// The JSON that is sent.
    pub(super) fn encode(&self, suffix: &str) -> Result<Box<RawValue>, Error> {
        Ok(to_raw_value(&self.on_wire(suffix))?)
    }
}

/// The wire form; the same as [`rowcast_schema::Changes`].
#[derive(Debug, Serialize)]
pub(super) struct Changes<'a> {
    epoch: String,
    from: Option<u64>,
    to: u64,
    put: &'a RawValue,
    dropped: &'a [RowId],
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<&'a RowId>,
}
