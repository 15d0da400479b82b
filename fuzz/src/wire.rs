//! A websocket to the server that sends anything, and tells acks from the rest.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::DuplexStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{self, Message as WebSocketMessage};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Fault;
use crate::script::Message;

/// Longer than anything here takes on a slow machine: who waits so long has found a hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a client waits before it tries to connect once more, and how often it does.
const TRY: Duration = Duration::from_millis(500);
const TRIES: usize = 40;

/// What a server has said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    /// The answer to a call.
    Ack(i64, Value),
    /// The socket is connected to a namespace, or is not let in.
    Joined(bool),
    /// An event, or something of a layer below.
    Other,
    /// The connection is over.
    Closed,
}

/// A connection.
pub(crate) struct Wire {
    stream: WebSocketStream<DuplexStream>,
}

impl Wire {
    pub(crate) async fn open(pipe: DuplexStream) -> Result<Self, Fault> {
        let url = "ws://planner/socket.io/?EIO=4&transport=websocket";
        let opened = timeout(PATIENCE, client_async(url, pipe)).await;
        let opened = opened.map_err(|_| Fault::new("a new connection is not answered"))?;
        let (stream, _) =
            opened.map_err(|error| Fault::new(format!("a new connection fails: {error}")))?;
        Ok(Self { stream })
    }

    /// Sends a message. A server that has closed takes everything.
    pub(crate) async fn send(&mut self, message: &Message) -> Result<(), Fault> {
        let message = match message {
            Message::Binary(bytes) => WebSocketMessage::binary(bytes.clone()),
            Message::Text(bytes) => WebSocketMessage::Frame(Frame::message(
                bytes.clone(),
                OpCode::Data(Data::Text),
                true,
            )),
        };
        let sent = timeout(PATIENCE, self.stream.send(message)).await;
        // Of an error there is more to be learned from what is read next.
        let _ = sent.map_err(|_| Fault::new("the server stopped reading"))?;
        Ok(())
    }

    pub(crate) async fn send_text(&mut self, text: &str) -> Result<(), Fault> {
        self.send(&Message::Text(text.into())).await
    }

    /// Sends a connect, and waits for what becomes of it: it is let in, or not, or nothing, as the connection is over.
    ///
    /// socketioxide (0.18.9) says that it does not let a client in a moment before it is ready for another try, and a try in
    /// that moment is not answered at all. So who hears nothing tries again.
    pub(crate) async fn join(&mut self, connect: &Message) -> Result<Option<bool>, Fault> {
        for _ in 0..TRIES {
            self.send(connect).await?;
            if let Ok(said) = timeout(TRY, self.until_joined()).await {
                return said;
            }
        }
        Err(Fault::new("a client that connects is never answered"))
    }

    async fn until_joined(&mut self) -> Result<Option<bool>, Fault> {
        loop {
            match self.next().await? {
                Said::Joined(is_in) => return Ok(Some(is_in)),
                Said::Closed => return Ok(None),
                Said::Ack(..) => return Err(Fault::new("a call was acked that could not be made")),
                Said::Other => {}
            }
        }
    }

    /// The next thing that the server says; that it hangs is a fault.
    pub(crate) async fn next(&mut self) -> Result<Said, Fault> {
        // Pings are no answer: they would go on for ever.
        let said = timeout(PATIENCE, self.next_but_pings()).await;
        said.unwrap_or_else(|_| {
            let text =
                format!("nothing was said in {PATIENCE:?}, and the connection is not closed");
            Err(Fault(text))
        })
    }

    async fn next_but_pings(&mut self) -> Result<Said, Fault> {
        loop {
            match self.stream.next().await {
                Some(Ok(WebSocketMessage::Text(text))) if text.as_str() == "2" => {
                    self.send_text("3").await?;
                }
                Some(Ok(WebSocketMessage::Text(text))) => return said(text.as_str()),
                Some(Ok(WebSocketMessage::Close(_))) | None => return Ok(Said::Closed),
                Some(Ok(_)) => {}
                Some(Err(error)) => return ended(&error),
            }
        }
    }
}

/// A connection may break off, but what has come over it must be websocket messages.
fn ended(error: &tungstenite::Error) -> Result<Said, Fault> {
    use tungstenite::error::ProtocolError;
    match error {
        tungstenite::Error::Protocol(
            ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing,
        )
        | tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Io(_) => Ok(Said::Closed),
        other => Err(Fault::new(format!(
            "what the server sends is no websocket message: {other}"
        ))),
    }
}

fn said(text: &str) -> Result<Said, Fault> {
    let unreadable = || Fault::new(format!("the server says what can't be read: {text}"));
    // Those of other namespaces begin with their names.
    let is_root = text.get(2..3) != Some("/");
    let said = match text.get(..2).filter(|_| is_root) {
        Some("40") => Said::Joined(true),
        Some("44") => Said::Joined(false),
        Some("43") => {
            let (id, arguments) = text[2..].split_at(text[2..].find('[').ok_or_else(unreadable)?);
            let arguments: Vec<Value> =
                serde_json::from_str(arguments).map_err(|_| unreadable())?;
            let [argument] = <[Value; 1]>::try_from(arguments).map_err(|_| unreadable())?;
            Said::Ack(id.parse().map_err(|_| unreadable())?, argument)
        }
        Some("42") => {
            serde_json::from_str::<Vec<Value>>(&text[2..]).map_err(|_| unreadable())?;
            Said::Other
        }
        _ => Said::Other,
    };
    Ok(said)
}
