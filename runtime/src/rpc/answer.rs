//! What a call can give back.

use futures_util::future::BoxFuture;
use rowcast_schema::{Ack, Position};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::live::{Access, FieldMask, FieldRule};
use crate::store::{Error, ListId, to_json};
use crate::store::{ListDefinition, Written};

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

/// The socket that gets an ack.
pub(crate) trait Recipient: Send {
    /// Moves the socket to where it belongs after the call, which may have signed it in or out.
    fn place(&mut self) -> BoxFuture<'_, ()>;

    /// A position as this socket gets to it. Only those that keep the list themselves are told any.
    fn position(&self, list: ListId, position: Position) -> Option<Position>;

    /// Whether the caller may see what the schema shows to these, now that the call has been carried out: it may have signed
    /// them in or out.
    fn may_see(&self, access: Access) -> bool;
}

/// What an ack is made of, besides what the call gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope {
    pub(super) data_key: &'static str,
    /// Which fields of the data only some see.
    pub(super) seen_by: &'static [FieldRule],
    /// Where in the data these begin.
    pub(super) within: &'static [&'static str],
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

/// Encodes the ack, with positions of the lists that the socket is going to follow.
pub(super) async fn encode<R: Answer>(
    answer: R,
    envelope: Envelope,
    told: Told,
    recipient: &mut dyn Recipient,
) -> Result<Box<RawValue>, Error> {
    recipient.place().await;
    let (data, positions) = answer.into_parts();
    let may = |access| recipient.may_see(access);
    let mask = FieldMask::of(envelope.seen_by, envelope.within, may);
    match mask.is_empty() {
        true => put_in(data, positions, envelope, told, recipient),
        false => {
            let data = mask.left_out(to_json(&data)?)?;
            put_in(data, positions, envelope, told, recipient)
        }
    }
}

fn put_in<T: Serialize>(
    data: T,
    positions: Vec<(ListId, Position)>,
    envelope: Envelope,
    told: Told,
    recipient: &dyn Recipient,
) -> Result<Box<RawValue>, Error> {
    let ack = Ack::ok(data).with_data_key(envelope.data_key);
    let ack = match told {
        Told::Nothing => ack,
        Told::Of(list) => {
            let mut positions = positions.into_iter();
            let own = positions.find(|(changed, _)| *changed == list);
            ack.with_position(own.and_then(|(list, position)| recipient.position(list, position)))
        }
        Told::All(lists) => {
            ack.with_positions(positions.into_iter().filter_map(|(list, position)| {
                let name = lists.get(list.0)?.name;
                Some((name, recipient.position(list, position)?))
            }))
        }
    };
    Ok(to_json(&ack)?)
}
