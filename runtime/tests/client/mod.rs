//! A Socket.IO client that speaks in frames, and a server to speak to.
//!
//! Long, since it is one client, which all tests of the wire use.

// Not every test binary uses all of it.
#![allow(dead_code, unreachable_pub)]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::{FutureExt, SinkExt, StreamExt};
use rowcast_runtime::Server;
use rowcast_runtime::serve::{Origins, SocketOptions, Sockets};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything here takes on a slow machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves on a free port until the test's runtime ends.
pub async fn start(server: Server, options: SocketOptions) -> SocketAddr {
    start_with_io(server, options).await.0
}

pub async fn start_with_io(server: Server, options: SocketOptions) -> (SocketAddr, SocketIo) {
    let sockets = Sockets::new(options);
    sockets.attach(server);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let io = sockets.io().clone();
    tokio::spawn(async move {
        let never = std::future::pending();
        let router = axum::Router::new();
        sockets
            .serve(listener, router, &Origins::same(), never)
            .await
    });
    (address, io)
}

/// Serves by other means than [`Sockets::serve`], as an application may that has a server already.
pub async fn start_without_serve(server: Server) -> SocketAddr {
    let sockets = Sockets::new(SocketOptions::default());
    sockets.attach(server);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().layer(sockets.layer());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A server that can be told to stop.
pub struct Running {
    pub address: SocketAddr,
    pub io: SocketIo,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Serves more routes than those of the sockets.
    pub async fn start(server: Server, more: impl FnOnce(&Sockets) -> axum::Router) -> Self {
        let sockets = Sockets::new(SocketOptions::default());
        sockets.attach(server);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = more(&sockets);
        let io = sockets.io().clone();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap() };
            let origins = Origins::same();
            sockets.serve(listener, router, &origins, stopped).await
        });
        Self {
            address,
            io,
            stop,
            served,
        }
    }

    /// Tells the server to stop; what this gives ends when it has.
    pub fn stop(self) -> JoinHandle<std::io::Result<()>> {
        self.stop.send(()).unwrap();
        self.served
    }
}

/// The status and the body of a request that says nothing of itself.
pub async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn websocket(address: SocketAddr, forwarded_for: Option<&str>) -> Stream {
    let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
    let mut request = url.into_client_request().unwrap();
    if let Some(from) = forwarded_for {
        let from = from.parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", from);
    }
    connect_async(request).await.unwrap().0
}

/// The server has ended the connection.
#[derive(Debug)]
pub struct Ended;

/// A connected client. It reads only while one of its methods waits.
pub struct Client {
    stream: Stream,
    pub sid: String,
    /// All that has come, as it came.
    pub frames: Vec<String>,
    events: VecDeque<(String, Value)>,
    acks: VecDeque<(u64, Value)>,
    calls: u64,
    last_progress: Instant,
    /// A connection that it keeps and does not use.
    refused: Option<TcpStream>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, "").await
    }

    /// Sends something as `auth`.
    pub async fn connect_with(address: SocketAddr, auth: &str) -> Self {
        Self::over(websocket(address, None).await, auth).await
    }

    /// Comes by a proxy that says for whom it speaks.
    pub async fn forwarded(address: SocketAddr, from: &str) -> Self {
        Self::over(websocket(address, Some(from)).await, "").await
    }

    /// Polls, asks to move to a websocket in a way that is refused, and moves to one.
    pub async fn moved(address: SocketAddr) -> Self {
        let path = "/socket.io/?EIO=4&transport=polling";
        let opened = get(address, path).await.1;
        let opened: Value = serde_json::from_str(&opened[1..]).unwrap();
        let sid = opened["sid"].as_str().unwrap();
        let target = format!("{address}/socket.io/?EIO=4&transport=websocket&sid={sid}");
        let (_, path) = target.split_at(address.to_string().len());
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
        let mut refused = TcpStream::connect(address).await.unwrap();
        refused.write_all(request.as_bytes()).await.unwrap();
        assert!(refused.read(&mut [0; 1000]).await.unwrap() > 0);
        let url = format!("ws://{target}");
        let mut stream = connect_async(&url).await.unwrap().0;
        stream.send(Message::text("2probe")).await.unwrap();
        let answer = stream.next().await.unwrap().unwrap();
        assert_eq!(answer, Message::text("3probe"));
        stream.send(Message::text("5")).await.unwrap();
        let mut client = Self::over(stream, "").await;
        client.refused = Some(refused);
        client
    }

    async fn over(mut stream: Stream, auth: &str) -> Self {
        stream
            .send(Message::text(format!("40{auth}")))
            .await
            .unwrap();
        let mut client = Self::of(stream);
        while client.sid.is_empty() {
            client.read_frame().await;
        }
        client
    }

    fn of(stream: Stream) -> Self {
        Self {
            stream,
            sid: String::new(),
            frames: Vec::new(),
            events: VecDeque::new(),
            acks: VecDeque::new(),
            calls: 0,
            last_progress: Instant::now(),
            refused: None,
        }
    }

    /// Connects, if the server lets it.
    pub async fn try_connect(address: SocketAddr) -> Option<Self> {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let mut stream = connect_async(url).await.ok()?.0;
        stream.send(Message::text("40")).await.ok()?;
        Some(Self::of(stream))
    }

    /// Sends a frame, if the connection is there.
    pub async fn try_emit(&mut self, frame: &str) -> Result<(), Ended> {
        let sent = self.stream.send(Message::text(frame)).await;
        sent.map_err(|_| Ended)
    }

    pub async fn try_send_binary(&mut self, bytes: Vec<u8>) -> Result<(), Ended> {
        let sent = self.stream.send(Message::binary(bytes)).await;
        sent.map_err(|_| Ended)
    }

    /// Reads what has come so far, and keeps nothing of it but answers pings.
    pub async fn skip(&mut self) -> Result<(), Ended> {
        while let Some(message) = self.stream.next().now_or_never() {
            match message {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => self.try_emit("3").await?,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(Ended),
            }
        }
        Ok(())
    }

    /// Tries to connect, and gives what the server says against it.
    pub async fn refused(address: SocketAddr, auth: &str) -> Value {
        Self::refused_over(websocket(address, None).await, auth).await
    }

    pub async fn refused_forwarded(address: SocketAddr, from: &str) -> Value {
        Self::refused_over(websocket(address, Some(from)).await, "").await
    }

    /// Reads until the server has ended the connection of Socket.IO.
    pub async fn until_disconnected(&mut self) {
        while !self.is_disconnected() {
            self.read_frame().await;
        }
    }

    /// Whether it has read that the server has ended the connection of Socket.IO.
    pub fn is_disconnected(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame == "41")
    }

    /// Reads until nothing has come for so long, or the connection is ended; gives the acks that came.
    pub async fn read_for(&mut self, quiet: Duration) -> Vec<Value> {
        self.last_progress = Instant::now();
        while !self.is_disconnected() {
            if tokio::time::timeout(quiet, self.read_frame())
                .await
                .is_err()
            {
                break;
            }
        }
        self.acks.drain(..).map(|(_, ack)| ack).collect()
    }

    /// Sends a ping of the websocket itself.
    pub async fn send_ping(&mut self) {
        let ping = Message::Ping(Default::default());
        self.stream.send(ping).await.unwrap();
    }

    async fn refused_over(mut stream: Stream, auth: &str) -> Value {
        let connect = Message::text(format!("40{auth}"));
        stream.send(connect).await.unwrap();
        loop {
            let read = tokio::time::timeout(PATIENCE, stream.next());
            let message = read.await.unwrap().unwrap().unwrap();
            let text = message.into_text().unwrap();
            assert!(!text.starts_with("40"), "it was let in: {text}");
            if let Some(error) = text.strip_prefix("44") {
                return serde_json::from_str(error).unwrap();
            }
        }
    }

    /// Sends a frame as it is.
    pub async fn send_frame(&mut self, frame: impl Into<String>) {
        self.stream.send(Message::text(frame.into())).await.unwrap();
    }

    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.stream.send(Message::binary(bytes)).await.unwrap();
    }

    /// Leaves, and connects again by the same connection.
    pub async fn reconnect(&mut self) {
        self.send_frame("41").await;
        self.sid.clear();
        self.send_frame("40").await;
        while self.sid.is_empty() {
            self.read_frame().await;
        }
    }

    /// Sends an event without a callback.
    pub async fn emit(&mut self, event: &str, payload: Value) {
        self.send_frame(format!("42{}", json!([event, payload])))
            .await;
    }

    /// Sends an event with a callback, and does not wait for it.
    pub async fn call_later(&mut self, event: &str, payload: Value) -> u64 {
        self.calls += 1;
        self.send_frame(format!("42{}{}", self.calls, json!([event, payload])))
            .await;
        self.calls
    }

    /// Sends an event and waits for its one ack argument.
    pub async fn call(&mut self, event: &str, payload: Value) -> Value {
        let call = self.call_later(event, payload).await;
        self.ack_of(call).await
    }

    /// Sends the arguments as they are, and waits for the ack.
    pub async fn call_raw(&mut self, arguments: &str) -> Value {
        self.calls += 1;
        self.send_frame(format!("42{}{arguments}", self.calls))
            .await;
        self.ack_of(self.calls).await
    }

    pub async fn ack_of(&mut self, call: u64) -> Value {
        self.last_progress = Instant::now();
        loop {
            if let Some(index) = self.acks.iter().position(|(id, _)| *id == call) {
                return self.acks.remove(index).unwrap().1;
            }
            self.read_frame().await;
        }
    }

    /// The next ack, whatever call it answers.
    pub async fn next_ack(&mut self) -> (u64, Value) {
        self.last_progress = Instant::now();
        loop {
            if let Some(ack) = self.acks.pop_front() {
                return ack;
            }
            self.read_frame().await;
        }
    }

    /// The next event of this name; others that come before are kept.
    pub async fn event(&mut self, name: &str) -> Value {
        self.last_progress = Instant::now();
        loop {
            if let Some(index) = self.events.iter().position(|(event, _)| event == name) {
                return self.events.remove(index).unwrap().1;
            }
            self.read_frame().await;
        }
    }

    /// Reads until the connection ends; tells whether the server has said that it would, and the acks that came before.
    pub async fn until_closed(&mut self) -> (bool, Vec<(u64, Value)>) {
        let mut was_told = false;
        loop {
            let read = tokio::time::timeout(PATIENCE, self.stream.next());
            match read.await.unwrap() {
                Some(Ok(Message::Text(text))) if text.as_str() == "1" => was_told = true,
                Some(Ok(Message::Text(text))) => self.take(text.as_str()).await,
                Some(Ok(Message::Close(_)) | Err(_)) | None => {
                    return (was_told, self.acks.drain(..).collect());
                }
                Some(Ok(_)) => {}
            }
        }
    }

    /// Takes the events that have come so far.
    pub fn events(&mut self) -> Vec<(String, Value)> {
        self.events.drain(..).collect()
    }

    /// Reads one frame. Pings are no progress: they would keep a test waiting that has failed.
    async fn read_frame(&mut self) {
        let waited = self.last_progress.elapsed();
        let message = tokio::time::timeout(PATIENCE.saturating_sub(waited), self.stream.next())
            .await
            .unwrap();
        let Message::Text(text) = message.unwrap().unwrap() else {
            return;
        };
        self.frames.push(text.to_string());
        self.take(text.as_str()).await;
    }

    async fn take(&mut self, frame: &str) {
        if frame == "2" {
            return self.send_frame("3").await;
        }
        self.last_progress = Instant::now();
        let bare = without_attachments(frame);
        let frame = bare.as_deref().unwrap_or(frame);
        if let Some(connected) = frame.strip_prefix("40") {
            let connected: Value = serde_json::from_str(connected).unwrap();
            self.sid = connected["sid"].as_str().unwrap().to_owned();
        } else if let Some(event) = frame.strip_prefix("42") {
            let event: Vec<Value> = serde_json::from_str(event).unwrap();
            let [name, payload] = event.try_into().unwrap();
            self.events
                .push_back((name.as_str().unwrap().to_owned(), payload));
        } else if let Some(ack) = frame.strip_prefix("43") {
            let (id, arguments) = ack.split_at(ack.find('[').unwrap());
            let arguments: Vec<Value> = serde_json::from_str(arguments).unwrap();
            let [argument] = arguments.try_into().unwrap();
            self.acks.push_back((id.parse().unwrap(), argument));
        }
    }
}

/// An event or ack whose bytes come beside it, as one where they do not. What they are, nobody here asks.
fn without_attachments(frame: &str) -> Option<String> {
    let kind = match frame.get(..2)? {
        "45" => "42",
        "46" => "43",
        _ => return None,
    };
    let (_, packet) = frame.split_once('-')?;
    Some(format!("{kind}{packet}"))
}
