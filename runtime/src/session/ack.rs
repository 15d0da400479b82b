//! Sends acks, also when a socket's buffer is full.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use socketioxide::adapter::Adapter;
use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, Value};
use socketioxide::socket::Socket;
use socketioxide::{SendError, SocketError};
use socketioxide_core::Str;

use super::session::Session;
use crate::live::Full;
use crate::rpc::Outgoing;
use crate::session::Size;

const FIRST_WAIT: Duration = Duration::from_millis(2);
const LAST_WAIT: Duration = Duration::from_millis(100);

/// The target of a call's ack; the ack is dropped if the client gave no callback.
#[derive(Clone)]
pub(crate) struct AckTo<A: Adapter> {
    socket: Arc<Socket<A>>,
    session: Arc<Session>,
    id: Option<i64>,
}

impl<A: Adapter> AckTo<A> {
    pub(crate) fn new(socket: Arc<Socket<A>>, session: Arc<Session>, id: Option<i64>) -> Self {
        Self {
            socket,
            session,
            id,
        }
    }

    /// Sends the ack if there is room for it. A disconnected socket accepts everything.
    pub(crate) fn try_send(&self, data: &RawValue) -> Result<(), Full> {
        if self.id.is_none() {
            return Ok(());
        }
        let ticket = self.session.outbound.reserve(Size::of(data), None)?;
        // A sender can be used once and is consumed; another one is created from the same parts.
        let mut no_payload = Value::Str(Str::from(""), None);
        let Ok(sender) = AckSender::from_message_parts(&self.socket, &mut no_payload, &self.id);
        match sender.send(&Outgoing(data)) {
            Err(SendError::Socket(SocketError::InternalChannelFull)) => {
                self.session.outbound.release(ticket);
                Err(Full::OF_PACKETS)
            }
            Err(SendError::Serialize(error)) => {
                self.session.outbound.release(ticket);
                tracing::error!(%error, "an ack could not be encoded");
                Ok(())
            }
            Err(SendError::Socket(SocketError::Closed)) | Ok(()) => Ok(()),
        }
    }

    /// Sends the ack as soon as there is room for it, unless the socket disconnects.
    pub(crate) async fn send(&self, data: &RawValue) {
        let mut wait = FIRST_WAIT;
        while let Err(full) = self.try_send(data)
            && self.socket.connected()
        {
            self.session.outbound.until_room(full, None, wait).await;
            wait = (wait * 2).min(LAST_WAIT);
        }
    }
}
