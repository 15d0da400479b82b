//! What a call can give back.

use rowcast_schema::{Ack, Position};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::StoreError;
use crate::feed::ListId;
use crate::sqlite::Written;

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

/// Encodes the ack; `list` says whose position it tells.
pub(super) fn encode<R: Answer>(
    answer: R,
    data_key: &'static str,
    list: Option<ListId>,
) -> Result<Box<RawValue>, StoreError> {
    let (data, positions) = answer.into_parts();
    let position = positions
        .into_iter()
        .find(|(changed, _)| Some(*changed) == list);
    let ack = Ack::ok(data)
        .with_data_key(data_key)
        .with_position(position.map(|(_, position)| position));
    Ok(to_raw_value(&ack)?)
}
