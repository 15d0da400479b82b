//! Sends a schema's events.

use serde::Serialize;
use socketioxide::adapter::Adapter;
use socketioxide::operators::BroadcastOperators;
use socketioxide::{BroadcastError, ParserError, SocketError, SocketIo};

use super::outbound::Size;
use super::session::Session;
use crate::rpc::Outgoing;
use crate::store::to_json;

/// The room of the sockets whose clients do not read what they are sent.
const BEHIND: &str = "rowcast:behind";

/// [`emit_event`] to all sockets; to none after the server was closed.
///
/// # Errors
/// As [`emit_event`].
pub async fn emit_event_to_all<A: Adapter, T: Serialize + ?Sized>(
    io: &SocketIo<A>,
    event: &str,
    payload: &T,
) -> Result<(), BroadcastError> {
    match io.of("/") {
        Some(all) => emit_event(all, event, payload).await,
        None => Ok(()),
    }
}

/// Sends an event to sockets, as one argument, whatever its type, with its bytes as attachments. The emitters of
/// generated code call this.
///
/// A socket of this server for which more than [`Limits::max_unsent_bytes`](crate::Limits) would be unsent misses the
/// event: events are not repeated, unlike changes of lists.
///
/// # Errors
/// When the payload can't be encoded, when a socket missed the event, or when the adapter fails.
pub async fn emit_event<A: Adapter, T: Serialize + ?Sized>(
    to: BroadcastOperators<A>,
    event: &str,
    payload: &T,
) -> Result<(), BroadcastError> {
    let encoded = to_json(payload).map_err(ParserError::new)?;
    let size = Size::of(&encoded);
    let mut missed = Vec::new();
    for socket in to.clone().sockets() {
        let Some(session) = Session::of(&socket) else {
            continue;
        };
        let is_behind = session.outbound.reserve(size, None).is_err();
        if is_behind {
            missed.push(SocketError::InternalChannelFull);
        }
        if session.set_behind(is_behind) != is_behind {
            match is_behind {
                true => socket.join(BEHIND),
                false => socket.leave(BEHIND),
            }
        }
    }
    to.except(BEHIND).emit(event, &Outgoing(&encoded)).await?;
    match missed.is_empty() {
        true => Ok(()),
        false => Err(BroadcastError::Socket(missed)),
    }
}
