//! What a call can give back.

use std::sync::Arc;

use rowcast_schema::{Ack, Position};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::Peer;
use crate::StoreError;
use crate::app::Core;
use crate::feed::{self, ListId};
use crate::sqlite::{ListDefinition, Written};

/// The good outcome of a call: any value that has a JSON, or [`Written`] around one.
pub trait Answer: Send {
    /// The data of the ack.
    type Data: Serialize;

    /// The data, and the positions of the lists that the call changed.
    fn into_parts(self) -> (Self::Data, Vec<(ListId, Position)>);
}

impl<T: Serialize + Send> Answer for T {
    type Data = T;

    fn into_parts(self) -> (T, Vec<(ListId, Position)>) {
        (self, Vec::new())
    }
}

impl<T: Serialize + Send> Answer for Written<T> {
    type Data = T;

    fn into_parts(self) -> (T, Vec<(ListId, Position)>) {
        (self.value, self.positions)
    }
}

/// A socket that keeps lists itself, and so is told positions as it gets to them.
#[derive(Clone)]
pub(super) struct Listener {
    pub(super) core: Arc<Core>,
    pub(super) peer: Arc<Peer>,
}

impl Listener {
    fn position(&self, list: ListId, position: Position) -> Option<Position> {
        feed::position_for(&self.core.lists, &self.peer, list, position)
    }
}

/// Which positions an ack tells.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    Nothing,
    /// That of one list, if the call changed it.
    Of(ListId),
    /// Those of all lists that the call changed. These are all there are, in the order of their ids.
    All(&'static [ListDefinition]),
}

/// Encodes the ack.
pub(super) fn encode<R: Answer>(
    answer: R,
    data_key: &'static str,
    told: Told,
    listener: Option<&Listener>,
) -> Result<Box<RawValue>, StoreError> {
    let (data, positions) = answer.into_parts();
    let ack = Ack::ok(data).with_data_key(data_key);
    let ack = match (told, listener) {
        (Told::Nothing, _) | (_, None) => ack,
        (Told::Of(list), Some(listener)) => {
            let mut positions = positions.into_iter();
            let own = positions.find(|(changed, _)| *changed == list);
            ack.with_position(own.and_then(|(list, position)| listener.position(list, position)))
        }
        (Told::All(lists), Some(listener)) => {
            ack.with_positions(positions.into_iter().filter_map(|(list, position)| {
                let name = lists.get(list.0)?.name;
                Some((name, listener.position(list, position)?))
            }))
        }
    };
    Ok(to_raw_value(&ack)?)
}
