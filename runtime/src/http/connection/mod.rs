//! The connections of a server: how fast they are read from, and what they have written.

mod active_request;
mod open_connections;
mod open_files;
mod packets;
mod polling;
mod read_rate;
mod registry;
#[cfg(test)]
mod tests;
mod unfinished;
mod websocket_meter;
mod written;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::rpc::Limits;
use crate::session::ReadThrottle;
use active_request::Requests;
use open_connections::{ConnectionSlot, OpenConnections};
use read_rate::NextRead;
pub(crate) use registry::{Connections, Shared};
use unfinished::{Reservation, Unfinished};
use websocket_meter::{WebsocketKind, WebsocketMeter};
use written::Written;

/// Bytes per read, so that few bytes are in flight when a throttle closes, and others are served in between.
const READ_CHUNK: u64 = 8 * 1024;

/// State that a connection shares with the handlers of its requests.
#[derive(Debug, Default)]
pub(crate) struct Control {
    throttle: Arc<ReadThrottle>,
    /// The limits and content of the websocket, once it is one.
    websocket: OnceLock<(Limits, WebsocketKind)>,
    written: Written,
    requests: Requests,
}

impl Control {
    fn becomes_websocket(&self, limits: Limits, kind: WebsocketKind) {
        // A connection becomes a websocket once.
        let _ = self.websocket.set((limits, kind));
        self.written.becomes_websocket();
    }

    fn is_websocket(&self) -> bool {
        self.websocket.get().is_some()
    }

    /// The limits, if it is a websocket.
    fn limits(&self) -> Option<&Limits> {
        self.websocket.get().map(|(limits, _)| limits)
    }
}

/// An accepted connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Take<TcpStream>,
    control: Arc<Control>,
    meter: Option<WebsocketMeter>,
    /// For the message that has begun and not ended.
    reservation: Reservation,
    /// Counted in its address.
    _slot: ConnectionSlot,
    timer: Option<Pin<Box<Sleep>>>,
    /// `None` while the client reads what it is sent.
    write_stall: Option<WriteStall>,
    /// The task that continues to read as soon as the client does.
    read_waker: Option<Waker>,
}

/// The client does not read what it is sent.
#[derive(Debug)]
struct WriteStall {
    since: Instant,
    /// Bytes that were read from it since then.
    read: usize,
}

impl Connection {
    fn new(stream: TcpStream, slot: ConnectionSlot, unfinished: Arc<Unfinished>) -> Self {
        Self {
            stream: stream.take(READ_CHUNK),
            control: Arc::default(),
            meter: None,
            reservation: Reservation::new(unfinished),
            _slot: slot,
            timer: None,
            write_stall: None,
            read_waker: None,
        }
    }

    /// Waits until the connection may be read from.
    ///
    /// From a client that reads nothing, no more is read than a socket may have waiting: the answers to it, including
    /// those of Socket.IO itself, would be buffered without bound.
    fn poll_may_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let (Some(write_stall), Some(limits)) = (&self.write_stall, self.control.limits())
            && write_stall.read >= limits.max_waiting_bytes
        {
            self.read_waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        loop {
            let until = match self.control.throttle.closed_until(cx) {
                Some(until) => until,
                None => match self
                    .meter()
                    .map_or(NextRead::Now, WebsocketMeter::next_read)
                {
                    NextRead::Now => return Poll::Ready(()),
                    NextRead::AfterYield => {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    NextRead::At(at) => at,
                },
            };
            ready!(self.poll_timer(until.into(), cx));
        }
    }

    /// Records what was read; an error ends the connection.
    fn record_read(&mut self, read: &[u8]) -> io::Result<()> {
        if let Some(write_stall) = &mut self.write_stall {
            write_stall.read += read.len();
        }
        let (Some(meter), Some(limits)) = (&mut self.meter, self.control.limits()) else {
            return Ok(());
        };
        let taken = meter.record(read);
        taken.map_err(|_| io::Error::other("a packet that no client sends"))?;
        // A websocket reserves memory for the length that a frame states.
        let websocket_meter::Incomplete { packet, bytes } = meter.unfinished();
        let reserved = self
            .reservation
            .set(packet, bytes, limits.max_unfinished_bytes);
        reserved.map_err(|_| io::Error::other("too many large messages at a time"))?;
        match self.reservation.is_overdue() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(()),
        }
    }

    /// Nothing was read; that is an error past the deadline. Not while an answer is still to be read by the client,
    /// which has a deadline of its own.
    fn poll_read_overdue<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        match (self.control.is_websocket(), &self.write_stall) {
            (true, _) => self.poll_overdue(self.reservation.deadline(), cx),
            (false, None) => self.poll_overdue(self.control.requests.due(), cx),
            (false, Some(_)) => Poll::Pending,
        }
    }

    /// Nothing can be written; that is an error if the client should have read something. Websockets are covered by the
    /// pings of Socket.IO.
    fn poll_write_overdue<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let write_stall = self.write_stall.get_or_insert_with(|| WriteStall {
            since: Instant::now(),
            read: 0,
        });
        let due = write_stall.since + active_request::REQUEST_TIMEOUT;
        let is_websocket = self.control.is_websocket();
        self.poll_overdue((!is_websocket).then_some(due), cx)
    }

    fn poll_overdue<T>(
        &mut self,
        due: Option<Instant>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        let Some(due) = due else {
            return Poll::Pending;
        };
        ready!(self.poll_timer(due, cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn meter(&mut self) -> Option<&mut WebsocketMeter> {
        if self.meter.is_none() {
            let websocket = self.control.websocket.get();
            self.meter = websocket.map(|(limits, kind)| WebsocketMeter::new(limits, kind));
        }
        self.meter.as_mut()
    }

    fn poll_timer(&mut self, until: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx)
    }

    /// Records whether the client reads; returns how much was written.
    fn record_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            return self.poll_write_overdue(cx);
        }
        self.write_stall = None;
        if !self.control.is_websocket() {
            self.control.requests.extend();
        }
        if let Some(read_waker) = self.read_waker.take() {
            read_waker.wake();
        }
        written
    }

    fn stream(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(self.stream.get_mut())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.control.written.end();
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_may_read(cx));
        self.stream.set_limit(READ_CHUNK);
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(self.record_read(&buffer.filled()[before..])),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_read_overdue(cx),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write(cx, bytes);
        let written = ready!(self.record_write(written, cx))?;
        self.control.written.record(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write_vectored(cx, slices);
        let written = ready!(self.record_write(written, cx))?;
        let mut left = written;
        for slice in slices {
            let part = left.min(slice.len());
            self.control.written.record(&slice[..part]);
            left -= part;
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }
}

/// Accepts connections, and disables Nagle's algorithm on them.
#[derive(Debug)]
pub(crate) struct ConnectionListener {
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl ConnectionListener {
    pub(crate) fn new(listener: TcpListener, shared: Arc<Shared>) -> Self {
        shared
            .open_connections
            .set_max_files(open_files::make_room());
        Self { listener, shared }
    }

    /// The next connection, with its count; connections that are not admitted are closed.
    async fn next(&mut self) -> (TcpStream, SocketAddr, ConnectionSlot) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            let limits = self.shared.limits();
            if let Some(slot) = self.shared.open_connections.admit(address.ip(), &limits) {
                return (stream, address, slot);
            }
        }
    }
}

impl Listener for ConnectionListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address, slot) = self.next().await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps waiting for small packets to fill up");
        }
        let unfinished = self.shared.unfinished.clone();
        (Connection::new(stream, slot, unfinished), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The connection that a request came by.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionInfo {
    address: SocketAddr,
    control: Arc<Control>,
}

impl Connected<IncomingStream<'_, ConnectionListener>> for ConnectionInfo {
    fn connect_info(stream: IncomingStream<'_, ConnectionListener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            control: stream.io().control.clone(),
        }
    }
}
