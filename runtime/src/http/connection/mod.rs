//! The connections of a server: how fast they are read from, and what they have written.

mod arrivals;
mod intake;
mod known;
mod open_files;
mod packets;
mod posted;
mod rate;
#[cfg(test)]
mod tests;
mod under_way;
mod unfinished;
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
use arrivals::{Arrivals, Place};
use intake::{Intake, Origin};
pub(crate) use known::{Connections, Shared};
use rate::May;
use under_way::Requests;
use unfinished::{Claim, Unfinished};
use written::Written;

/// Bytes that are read at once, so that little is on its way when a throttle closes, and others get their turn.
const PORTION: u64 = 8 * 1024;

/// What a connection and those who answer its requests both know.
#[derive(Debug, Default)]
pub(crate) struct Control {
    throttle: Arc<ReadThrottle>,
    /// How much may come, once it is a websocket, and what that is for.
    websocket: OnceLock<(Limits, Origin)>,
    written: Written,
    requests: Requests,
}

impl Control {
    fn becomes_websocket(&self, limits: Limits, origin: Origin) {
        // It is one for good.
        let _ = self.websocket.set((limits, origin));
        self.written.is_websocket();
    }

    fn is_websocket(&self) -> bool {
        self.websocket.get().is_some()
    }

    /// How much may come, if it is a websocket.
    fn limits(&self) -> Option<&Limits> {
        self.websocket.get().map(|(limits, _)| limits)
    }
}

/// An accepted connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Take<TcpStream>,
    control: Arc<Control>,
    intake: Option<Intake>,
    /// For the message that has begun and not ended.
    claim: Claim,
    /// Among those of its address.
    _place: Place,
    timer: Option<Pin<Box<Sleep>>>,
    /// None while the client reads what it is sent.
    unheard: Option<Unheard>,
    /// Who reads on as soon as the client does.
    reader: Option<Waker>,
}

/// A client has stopped to read what it is sent.
#[derive(Debug)]
struct Unheard {
    since: Instant,
    /// Bytes that were read from it since then.
    read: usize,
}

impl Connection {
    fn new(stream: TcpStream, place: Place, unfinished: Arc<Unfinished>) -> Self {
        Self {
            stream: stream.take(PORTION),
            control: Arc::default(),
            intake: None,
            claim: Claim::new(unfinished),
            _place: place,
            timer: None,
            unheard: None,
            reader: None,
        }
    }

    /// Waits until it may be read from.
    ///
    /// From a client that reads nothing, no more is read than may wait of a socket: what it is answered, by Socket.IO itself
    /// too, would be kept for it without end.
    fn poll_may_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let (Some(unheard), Some(limits)) = (&self.unheard, self.control.limits())
            && unheard.read >= limits.max_waiting_bytes
        {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        loop {
            let until = match self.control.throttle.closed_until(cx) {
                Some(until) => until,
                None => match self.intake().map_or(May::Read, Intake::may) {
                    May::Read => return Poll::Ready(()),
                    May::ReadNext => {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    May::ReadAt(at) => at,
                },
            };
            ready!(self.poll_timer(until.into(), cx));
        }
    }

    /// Takes note of what was read; an error ends the connection.
    fn note_read(&mut self, read: &[u8]) -> io::Result<()> {
        if let Some(unheard) = &mut self.unheard {
            unheard.read += read.len();
        }
        let (Some(intake), Some(limits)) = (&mut self.intake, self.control.limits()) else {
            return Ok(());
        };
        let taken = intake.took(read);
        taken.map_err(|_| io::Error::other("a packet that no client sends"))?;
        // A websocket reserves memory for what a frame says that it has.
        let intake::Incomplete { packet, bytes } = intake.unfinished();
        let claimed = self.claim.set(packet, bytes, limits.max_unfinished_bytes);
        claimed.map_err(|_| io::Error::other("too many large messages at a time"))?;
        match self.claim.is_overdue() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(()),
        }
    }

    /// Nothing has come; that is an error if it should have. Not as long as an answer is still to be read, for which there is
    /// a time of its own.
    fn poll_read_overdue<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        match (self.control.is_websocket(), &self.unheard) {
            (true, _) => self.poll_overdue(self.claim.until(), cx),
            (false, None) => self.poll_overdue(self.control.requests.due(), cx),
            (false, Some(_)) => Poll::Pending,
        }
    }

    /// Nothing can be written; that is an error if the client should have read something. Socket.IO's pings find out for
    /// websockets.
    fn poll_write_overdue<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let unheard = self.unheard.get_or_insert_with(|| Unheard {
            since: Instant::now(),
            read: 0,
        });
        let due = unheard.since + under_way::LONGEST;
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

    fn intake(&mut self) -> Option<&mut Intake> {
        if self.intake.is_none() {
            let websocket = self.control.websocket.get();
            self.intake = websocket.map(|(limits, origin)| Intake::new(limits, origin));
        }
        self.intake.as_mut()
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

    /// Takes note of whether the client reads; gives how much was written.
    fn note_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            return self.poll_write_overdue(cx);
        }
        self.unheard = None;
        if !self.control.is_websocket() {
            self.control.requests.go_on();
        }
        if let Some(reader) = self.reader.take() {
            reader.wake();
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
        self.stream.set_limit(PORTION);
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(self.note_read(&buffer.filled()[before..])),
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
        let written = ready!(self.note_write(written, cx))?;
        self.control.written.wrote(&bytes[..written]);
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
        let written = ready!(self.note_write(written, cx))?;
        let mut left = written;
        for slice in slices {
            let part = left.min(slice.len());
            self.control.written.wrote(&slice[..part]);
            left -= part;
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }
}

/// Accepts connections, whose small packets leave at once.
#[derive(Debug)]
pub(crate) struct ConnectionListener {
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl ConnectionListener {
    pub(crate) fn new(listener: TcpListener, shared: Arc<Shared>) -> Self {
        shared.arrivals.have_room_for(open_files::make_room());
        Self { listener, shared }
    }

    /// The next connection, and its place among those of its address; those without one are closed.
    async fn next(&mut self) -> (TcpStream, SocketAddr, Place) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            let limits = self.shared.limits();
            if let Some(place) = self.shared.arrivals.enter(address.ip(), &limits) {
                return (stream, address, place);
            }
        }
    }
}

impl Listener for ConnectionListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address, place) = self.next().await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps waiting for small packets to fill up");
        }
        let unfinished = self.shared.unfinished.clone();
        (Connection::new(stream, place, unfinished), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// By which connection a request came.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    address: SocketAddr,
    control: Arc<Control>,
}

impl Connected<IncomingStream<'_, ConnectionListener>> for Arrival {
    fn connect_info(stream: IncomingStream<'_, ConnectionListener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            control: stream.io().control.clone(),
        }
    }
}
