//! Encodes the ack of a call.

use futures_util::future::BoxFuture;
use rowcast_schema::{Ack, Position};
use serde_json::value::RawValue;

use super::handler::Reply;
use crate::live::{Access, FieldMask, FieldRule};
use crate::store::{Error, ListId, to_json};

/// The socket that receives an ack.
pub(crate) trait Recipient: Send {
    /// Moves the socket to the views that it may see after the call, which may have signed it in or out.
    fn resubscribe(&mut self) -> BoxFuture<'_, ()>;

    /// The name of a list and a position in this socket's view of it. `None` for sockets that do not keep the list
    /// themselves.
    fn position(&self, list: ListId, position: Position) -> Option<(&'static str, Position)>;

    /// Whether the caller may see data with this access rule, evaluated after the call, which may have signed it in or
    /// out.
    fn may_see(&self, access: Access) -> bool;
}

/// The parts of an ack besides the result of the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct AckSpec {
    /// The key of the data.
    pub(super) data_key: &'static str,
    /// The positions that it has, for sockets that keep lists themselves.
    pub(super) positions: AckPositions,
    /// Fields of the data with access rules.
    pub(super) seen_by: &'static [FieldRule],
    /// The path in the data at which the rules begin.
    pub(super) within: &'static [&'static str],
}

/// The positions that an ack has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AckPositions {
    None,
    /// The position of one list, if the call changed it.
    Of(ListId),
    /// The positions of all lists that the call changed.
    All,
}

impl AckSpec {
    pub(super) const fn new(positions: AckPositions) -> Self {
        Self {
            data_key: "data",
            positions,
            seen_by: &[],
            within: &[],
        }
    }

    /// Encodes the ack, with positions of the lists that the socket is subscribed to after the call.
    pub(super) async fn encode(
        &self,
        reply: Reply,
        recipient: &mut dyn Recipient,
    ) -> Result<Box<RawValue>, Error> {
        recipient.resubscribe().await;
        let mask = FieldMask::of(self.seen_by, self.within, |access| {
            recipient.may_see(access)
        });
        let data = match mask.is_empty() {
            true => reply.value,
            false => mask.apply(reply.value)?,
        };
        let ack = Ack::ok(data).with_data_key(self.data_key);
        let positions = reply.positions.into_iter();
        let ack = match self.positions {
            AckPositions::None => ack,
            AckPositions::Of(list) => {
                let own = positions.filter(|(changed, _)| *changed == list);
                let mut own = own.filter_map(|(list, at)| recipient.position(list, at));
                ack.with_position(own.next().map(|(_, position)| position))
            }
            AckPositions::All => {
                ack.with_positions(positions.filter_map(|(list, at)| recipient.position(list, at)))
            }
        };
        Ok(to_json(&ack)?)
    }
}
