//! Connections that are not read from while their client has more calls waiting than the server can answer soon.
//!
//! The operating system then holds the client back: reading calls only to refuse them would cost the others more.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::request::Parts;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep_until};

/// How long a connection may go unread. The client's answers to pings are behind its calls, and are wanted at last: what
/// comes then is refused, if there is still no room for it.
const LONGEST: Duration = Duration::from_secs(2);
/// How long it is read after that, whatever comes.
const BREATH: Duration = Duration::from_millis(100);
/// Bytes that are read at once, so that little is on its way when a valve closes, and others get their turn.
const PORTION: u64 = 8 * 1024;

/// Whether a connection is read from.
#[derive(Debug, Default)]
pub(crate) struct Valve(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed_at: Option<Instant>,
    may_close_from: Option<Instant>,
    reader: Option<Waker>,
}

impl Valve {
    /// Nothing more is read, for a while.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        let now = Instant::now();
        if state.closed_at.is_none() && state.may_close_from.is_none_or(|from| from <= now) {
            state.closed_at = Some(now);
        }
    }

    /// There is room again.
    pub(crate) fn open(&self) {
        let reader = {
            let mut state = self.lock();
            state.closed_at = None;
            state.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Until when it is closed, at the latest. Whoever asks is woken if that is sooner.
    fn closed_until(&self, cx: &Context<'_>) -> Option<Instant> {
        let mut state = self.lock();
        let until = state.closed_at? + LONGEST;
        if until <= Instant::now() {
            state.closed_at = None;
            state.may_close_from = Some(Instant::now() + BREATH);
            return None;
        }
        state.reader = Some(cx.waker().clone());
        Some(until)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection with a valve.
#[derive(Debug)]
pub(crate) struct Valved {
    stream: Take<TcpStream>,
    valve: Arc<Valve>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Valved {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream: stream.take(PORTION),
            valve: Arc::default(),
            timer: None,
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(until) = self.valve.closed_until(cx) {
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(until.into())));
            ready!(timer.as_mut().poll(cx));
            self.timer = None;
        }
        self.timer = None;
        Poll::Ready(())
    }

    fn connection(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(self.stream.get_mut())
    }
}

impl AsyncRead for Valved {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx));
        self.stream.set_limit(PORTION);
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Valved {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.connection().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection().poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }
}

/// Accepts connections with valves, whose small packets leave at once.
#[derive(Debug)]
pub(crate) struct ValvedListener(pub(crate) TcpListener);

impl Listener for ValvedListener {
    type Io = Valved;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Valved, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps waiting for small packets to fill up");
        }
        (Valved::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// By which connection a request came.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    address: SocketAddr,
    valve: Arc<Valve>,
}

impl Connected<IncomingStream<'_, ValvedListener>> for Arrival {
    fn connect_info(stream: IncomingStream<'_, ValvedListener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            valve: stream.io().valve.clone(),
        }
    }
}

/// The valves of the connections that sockets have moved to, by the ids of the sockets.
#[derive(Debug, Default)]
pub(crate) struct Valves(Mutex<HashMap<String, Weak<Valve>>>);

impl Valves {
    /// Takes note of the connection of a request, and tells others the address as they expect it.
    pub(crate) fn arrived(&self, mut request: Request) -> Request {
        let extensions = request.extensions_mut();
        let Some(ConnectInfo(arrival)) = extensions.remove::<ConnectInfo<Arrival>>() else {
            return request;
        };
        extensions.insert(ConnectInfo(arrival.address));
        let query = request.uri().query().unwrap_or_default();
        if !query.split('&').any(|pair| pair == "transport=websocket") {
            return request;
        }
        match query.split('&').find_map(|pair| pair.strip_prefix("sid=")) {
            Some(socket) => self.note(socket, &arrival.valve),
            None => {
                request.extensions_mut().insert(arrival.valve);
            }
        }
        request
    }

    /// That of the websocket of a socket, with the request by which the socket came.
    pub(crate) fn of(&self, socket: &str, request: &Parts) -> Option<Arc<Valve>> {
        let moved = self.lock().get(socket).and_then(Weak::upgrade);
        moved.or_else(|| request.extensions.get().cloned())
    }

    fn note(&self, socket: &str, valve: &Arc<Valve>) {
        let mut moved = self.lock();
        if moved.len() == moved.capacity() {
            moved.retain(|_, valve| valve.strong_count() > 0);
        }
        // Who names the socket of somebody else is refused by Engine.IO, if that has a websocket already.
        let known = moved.entry(socket.to_owned()).or_default();
        if known.strong_count() == 0 {
            *known = Arc::downgrade(valve);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<Valve>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tokio::io::AsyncWriteExt;
    use tokio::time::timeout;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(100);

    /// A client's end of a connection, and the server's.
    async fn connection() -> (TcpStream, Valved) {
        let mut listener = ValvedListener(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = Listener::local_addr(&listener).unwrap();
        let (client, (accepted, _)) = tokio::join!(TcpStream::connect(address), listener.accept());
        (client.unwrap(), accepted)
    }

    #[tokio::test]
    async fn what_comes_while_a_valve_is_closed_is_read_when_it_opens() {
        let (mut client, mut server) = connection().await;
        let valve = server.valve.clone();
        let mut read = [0; 3];
        client.write_all(b"one").await.unwrap();
        server.read_exact(&mut read).await.unwrap();
        valve.close();
        client.write_all(b"two").await.unwrap();
        assert!(timeout(MOMENT, server.read_exact(&mut read)).await.is_err());
        // What the server says goes out all the same.
        server.write_all(b"yes").await.unwrap();
        client.read_exact(&mut [0; 3]).await.unwrap();
        let reading = tokio::spawn(async move {
            server.read_exact(&mut read).await.unwrap();
            read
        });
        tokio::time::sleep(MOMENT).await;
        valve.open();
        assert_eq!(
            timeout(MOMENT * 10, reading).await.unwrap().unwrap(),
            *b"two"
        );
    }

    #[tokio::test]
    async fn a_valve_that_nobody_opens_lets_through_after_a_while_and_not_at_once_again() {
        let (mut client, mut server) = connection().await;
        let valve = server.valve.clone();
        valve.close();
        let closed = Instant::now();
        client.write_all(b"123").await.unwrap();
        server.read_exact(&mut [0; 3]).await.unwrap();
        assert!(closed.elapsed() >= LONGEST);
        valve.close();
        client.write_all(b"456").await.unwrap();
        let mut read = [0; 3];
        let reading = timeout(LONGEST / 2, server.read_exact(&mut read));
        reading.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn much_is_read_in_small_portions_and_to_its_end() {
        let (mut client, mut server) = connection().await;
        let sent = vec![7; 300_000];
        let sending = tokio::spawn(async move {
            client.write_all(&sent).await.unwrap();
        });
        let (mut read, mut portion) = (0, vec![0; 65_536]);
        loop {
            let bytes = server.read(&mut portion).await.unwrap();
            assert!(bytes as u64 <= PORTION);
            read += bytes;
            if bytes == 0 {
                break;
            }
        }
        sending.await.unwrap();
        assert_eq!(read, 300_000);
    }

    fn arrives(valves: &Valves, path: &str, valve: &Arc<Valve>) -> Parts {
        let arrival = Arrival {
            address: ([127, 0, 0, 1], 80).into(),
            valve: valve.clone(),
        };
        let request = Request::builder().uri(path).extension(ConnectInfo(arrival));
        let parts = valves
            .arrived(request.body(Body::empty()).unwrap())
            .into_parts()
            .0;
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        assert_eq!(address.unwrap().0.port(), 80);
        parts
    }

    #[test]
    fn a_socket_is_found_by_the_websocket_that_it_has_come_by_or_moved_to() {
        let valves = Valves::default();
        let (polled, own) = (Arc::<Valve>::default(), Arc::<Valve>::default());
        let first = arrives(&valves, "/socket.io/?EIO=4&transport=polling", &polled);
        assert!(
            valves.of("a", &first).is_none(),
            "others may poll by it too"
        );
        arrives(&valves, "/socket.io/?EIO=4&transport=websocket&sid=a", &own);
        assert!(Arc::ptr_eq(&valves.of("a", &first).unwrap(), &own));
        // Nobody takes the place of one that is there.
        arrives(
            &valves,
            "/socket.io/?EIO=4&transport=websocket&sid=a",
            &polled,
        );
        assert!(Arc::ptr_eq(&valves.of("a", &first).unwrap(), &own));
        let direct = arrives(&valves, "/socket.io/?EIO=4&transport=websocket", &own);
        assert!(Arc::ptr_eq(&valves.of("b", &direct).unwrap(), &own));
        drop((own, direct));
        assert!(valves.of("a", &first).is_none());
    }
}
