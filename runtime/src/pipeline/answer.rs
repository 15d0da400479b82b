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

/// Which positions an ack tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    /// That of one list, if the call changed it.
    Of(ListId),
    /// Those of all lists that the call changed. These are their names, in the order of their ids.
    All(&'static [&'static str]),
}

/// Encodes the ack.
pub(super) fn encode<R: Answer>(
    answer: R,
    data_key: &'static str,
    told: Told,
) -> Result<Box<RawValue>, StoreError> {
    let (data, mut positions) = answer.into_parts();
    let ack = Ack::ok(data).with_data_key(data_key);
    let ack = match told {
        Told::Nothing => ack,
        Told::Of(list) => {
            positions.retain(|(changed, _)| *changed == list);
            ack.with_position(positions.pop().map(|(_, position)| position))
        }
        Told::All(names) => ack.with_positions(
            positions
                .into_iter()
                .filter_map(|(list, position)| Some((*names.get(list.0)?, position))),
        ),
    };
    Ok(to_raw_value(&ack)?)
}
