//! `Changes` with rows that are encoded already.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::log::Cursor;
use crate::{RowId, StoreError};

/// The news of one list from one position to another of the same epoch, or all of it.
#[derive(Debug, Clone)]
pub(super) struct News {
    pub(super) from: Option<u64>,
    pub(super) to: Cursor,
    pub(super) put: Arc<RawValue>,
    pub(super) dropped: Arc<[RowId]>,
}

impl News {
    /// Nothing but positions: nothing that is seen happened between them.
    pub(super) fn beat(from: u64, to: Cursor) -> Result<Self, StoreError> {
        let none: [(); 0] = [];
        Ok(Self {
            from: Some(from),
            to,
            put: to_raw_value(&none[..])?.into(),
            dropped: Arc::new([]),
        })
    }

    /// A whole list.
    pub(super) fn whole((at, rows): (Cursor, Arc<RawValue>)) -> Self {
        Self {
            from: None,
            to: at,
            put: rows,
            dropped: Arc::new([]),
        }
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let ids = self.dropped.iter().map(|id| match id {
            RowId::Int(_) => 0,
            RowId::Text(text) => text.len(),
        });
        self.put.get().len() + size_of_val(&*self.dropped) + ids.sum::<usize>()
    }

    /// `suffix` is what an audience's epochs end with.
    pub(super) fn on_wire(&self, suffix: &str) -> Changes<'_> {
        Changes {
            epoch: format!("{}{suffix}", self.to.epoch),
            from: self.from,
            to: self.to.at,
            put: &self.put,
            dropped: &self.dropped,
        }
    }

    /// The JSON that is sent.
    pub(super) fn encode(&self, suffix: &str) -> Result<Box<RawValue>, StoreError> {
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
}
