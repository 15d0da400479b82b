//! A Socket.IO client that costs little: one task, one connection, texts instead of values.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::Outcome;
use crate::frames::{self, Frame};

/// The least that a connection holds ready for reading; thousands of them are open at once.
const READ_BUFFER: usize = 8 * 1024;
/// Larger than a list of 10,000 rows.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// What a connection has brought.
#[derive(Debug, Default, Clone, Copy)]
pub struct Received {
    /// Payloads of websocket messages, pings included.
    pub payload: usize,
    /// The same with the headers of the messages.
    pub framed: usize,
    /// The HTTP response that made the connection a websocket.
    pub upgrade: usize,
}

/// A connected client. It reads only while one of its methods waits.
pub struct Client {
    stream: WebSocketStream<TcpStream>,
    calls: u64,
    pub received: Received,
}

impl Client {
    /// Connects, and waits for the greeting.
    pub async fn connect(address: SocketAddr) -> Outcome<Self> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let (stream, response) =
            tokio_tungstenite::client_async_with_config(url, tcp, Some(config)).await?;
        let mut client = Self {
            stream,
            calls: 0,
            received: Received {
                upgrade: size_of_head(&response),
                ..Received::default()
            },
        };
        client.send(frames::CONNECT).await?;
        client.event("connected").await?;
        Ok(client)
    }

    /// Sends a frame as it is.
    pub async fn send(&mut self, frame: impl Into<Utf8Bytes>) -> Outcome {
        Ok(self.stream.send(Message::Text(frame.into())).await?)
    }

    /// Writes a frame as it is, without waiting for anything; [`Client::flush`] sends it.
    pub async fn feed(&mut self, frame: &'static str) -> Outcome {
        let message = Message::Text(Utf8Bytes::from_static(frame));
        Ok(self.stream.feed(message).await?)
    }

    /// Like [`Client::feed`], with a ping of the websocket itself.
    pub async fn feed_ping(&mut self) -> Outcome {
        Ok(self.stream.feed(Message::Ping(Default::default())).await?)
    }

    /// Writes a call without waiting for anything; [`Client::flush`] sends it. Gives its number.
    pub async fn feed_call(
        &mut self,
        event: &str,
        payload: &str,
        key: Option<&str>,
    ) -> Outcome<u64> {
        self.calls += 1;
        let frame = frames::call(self.calls, event, payload, key);
        self.stream.feed(Message::text(frame)).await?;
        Ok(self.calls)
    }

    /// Sends what was written.
    pub async fn flush(&mut self) -> Outcome {
        Ok(self.stream.flush().await?)
    }

    /// Calls, and gives the whole frame of the ack; events that come before it are dropped.
    pub async fn call(
        &mut self,
        event: &str,
        payload: &str,
        key: Option<&str>,
    ) -> Outcome<Utf8Bytes> {
        let id = self.feed_call(event, payload, key).await?;
        self.flush().await?;
        loop {
            let frame = self.next().await?;
            if matches!(frames::parse(&frame), Frame::Ack { call, .. } if call == id) {
                return Ok(frame);
            }
        }
    }

    /// [`Client::call`] for what must succeed; gives the ack's argument.
    pub async fn call_ok(
        &mut self,
        event: &str,
        payload: &str,
        key: Option<&str>,
    ) -> Outcome<String> {
        let frame = self.call(event, payload, key).await?;
        let argument = argument_of(&frame);
        if argument.starts_with(r#"{"ok":true"#) {
            Ok(argument.to_owned())
        } else {
            Err(format!("`{event}` of {payload} was refused: {argument}").into())
        }
    }

    /// Waits for an event; gives its whole frame.
    pub async fn event(&mut self, wanted: &str) -> Outcome<Utf8Bytes> {
        loop {
            let frame = self.next().await?;
            if matches!(frames::parse(&frame), Frame::Event { name, .. } if name == wanted) {
                return Ok(frame);
            }
        }
    }

    /// The next frame that is no ping; those are answered.
    pub async fn next(&mut self) -> Outcome<Utf8Bytes> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    self.received.payload += text.len();
                    self.received.framed += frames::framed(text.len());
                    if frames::parse(&text) != Frame::Ping {
                        return Ok(text);
                    }
                    self.send(frames::PONG).await?;
                }
                Some(Ok(Message::Close(_))) | None => {
                    return Err("the server ended a connection".into());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
            }
        }
    }
}

/// The one argument of an event or an ack.
pub fn argument_of(frame: &str) -> &str {
    match frames::parse(frame) {
        Frame::Event { arguments, .. } | Frame::Ack { arguments, .. } => arguments,
        Frame::Ping | Frame::Other => "",
    }
}

fn size_of_head(response: &Response) -> usize {
    let status = "HTTP/1.1 101 Switching Protocols\r\n\r\n".len();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    status + headers.sum::<usize>()
}
