//! `Changes` with rows that are encoded already.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{RowId, StoreError};

/// The news of one list from one position to another, without the epoch.
#[derive(Debug, Clone)]
pub(super) struct News {
    pub(super) from: Option<u64>,
    pub(super) to: u64,
    pub(super) put: Arc<RawValue>,
    pub(super) dropped: Arc<[RowId]>,
}

impl News {
    /// Nothing but positions: nothing that is seen happened between them.
    pub(super) fn beat(from: u64, to: u64) -> Result<Self, StoreError> {
        let none: [(); 0] = [];
        Ok(Self {
            from: Some(from),
            to,
            put: to_raw_value(&none[..])?.into(),
            dropped: Arc::new([]),
        })
    }

    /// A whole list.
    pub(super) fn whole((at, rows): (u64, Arc<RawValue>)) -> Self {
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

    pub(super) fn on_wire<'a>(&'a self, epoch: &'a str) -> Changes<'a> {
        Changes {
            epoch,
            from: self.from,
            to: self.to,
            put: &self.put,
            dropped: &self.dropped,
        }
    }

    /// The JSON that is sent.
    pub(super) fn encode(&self, epoch: &str) -> Result<Box<RawValue>, StoreError> {
        Ok(to_raw_value(&self.on_wire(epoch))?)
    }
}

/// The wire form; the same as [`rowcast_schema::Changes`].
#[derive(Debug, Serialize)]
pub(super) struct Changes<'a> {
    epoch: &'a str,
    from: Option<u64>,
    to: u64,
    put: &'a RawValue,
    dropped: &'a [RowId],
}
