//! Settings of the sockets, and the HTTP server.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use socketioxide::adapter::Adapter;
use socketioxide::layer::SocketIoLayer;
use socketioxide::{ParserConfig, SocketIo, SocketIoBuilder};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::http::connection::{Arrival, ConnectionListener, Connections};
pub use crate::http::health::health;
pub use crate::http::origins::{OriginError, Origins};
use crate::session::Closing;

/// How long the attachments of a message may take to come after it.
const COMPLETION: Duration = Duration::from_secs(30);
/// How long open requests are waited for at the end; clients that poll may leave one open for half a minute.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// How much sockets may send and have waiting.
#[derive(Debug, Clone, Copy)]
pub struct SocketOptions {
    /// The largest message a client may send; a larger one ends the connection.
    pub max_message_bytes: usize,
    /// Attachments of one message, which are no longer together than a message may be.
    pub max_attachments: usize,
    /// Packets that may wait for a client to read them.
    pub max_buffer: usize,
    /// How often a client is asked whether it is still there.
    pub ping_interval: Duration,
    /// How long it may take to answer that.
    pub ping_timeout: Duration,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            max_message_bytes: 4 * 1024 * 1024,
            max_attachments: 1000,
            max_buffer: 1024,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
        }
    }
}

impl SocketOptions {
    /// Applies the options to a builder, with any adapter.
    pub fn apply<A: Adapter>(self, builder: SocketIoBuilder<A>) -> SocketIoBuilder<A> {
        let parser = ParserConfig::common()
            .max_incoming_binaries(self.max_attachments)
            .max_incoming_binary_buf_size(self.max_message_bytes)
            .packet_completion_timeout(COMPLETION);
        builder
            .with_parser(parser)
            .max_payload(self.max_message_bytes as u64)
            .ws_max_message_size(self.max_message_bytes)
            .ws_max_frame_size(self.max_message_bytes)
            .max_buffer_size(self.max_buffer)
            .ping_interval(self.ping_interval)
            .ping_timeout(self.ping_timeout)
    }
}

/// A Socket.IO layer for one node.
pub fn socket_layer(options: SocketOptions) -> (SocketIoLayer, SocketIo) {
    options.apply(SocketIo::builder()).build_layer()
}

/// Serves the pages of these origins until `shutdown` is done, and then ends without losing anything:
///
/// 1. Calls that have come are carried out and answered, for as long as [`Server::grace`](crate::Server::grace) says. The
///    socket that made them stays connected for that long; clients that connect now wait.
/// 2. Calls that come meanwhile are refused as `busy`. Those with a key are not answered: their clients send them again
///    when they are connected to the next server.
/// 3. All connections are closed, on which clients connect again, and open requests are waited for, for a few seconds.
///
/// From the beginning of that on, [`health`] says that the server is not ready. What was acknowledged is stored already.
///
/// A websocket whose client has so many calls waiting that half of [`Limits::max_in_flight`](crate::Limits) is used up is not
/// read from until most are answered (for two seconds at most): so who sends as fast as they can is held back by the
/// network, and takes less time from others. Nor is a websocket read from faster than
/// [`Limits::packets_per_second`](crate::Limits) and `bytes_per_second` say. Servers that are run otherwise refuse calls
/// instead.
///
/// Small packets leave at once: with Nagle's algorithm, an ack behind a broadcast would take 40 ms.
///
/// # Errors
/// When the listener fails.
pub async fn serve<A: Adapter>(
    listener: TcpListener,
    router: Router,
    io: SocketIo<A>,
    origins: &Origins,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let closing = Closing::of(&io);
    let connections = closing.share(|| Connections::of(&closing));
    let (known, shared) = (connections.clone(), connections.shared.clone());
    let pass = from_fn(move |request: Request, next: Next| {
        let known = known.clone();
        async move { known.pass(request, next).await }
    });
    let (told, is_told) = oneshot::channel();
    let closed = async move {
        shutdown.await;
        closing.close(&io).await;
        // Whoever waits for this is there as long as this is.
        let _ = told.send(());
    };
    let late = async {
        match is_told.await {
            Ok(()) => tokio::time::sleep(LAST_REQUESTS).await,
            Err(_) => std::future::pending().await,
        }
    };
    if let Ok(address) = listener.local_addr() {
        tracing::info!("listening on http://{address}");
    }
    let listener = ConnectionListener::new(listener, shared);
    let router = origins
        .guard(router)
        .layer(pass)
        .into_make_service_with_connect_info::<Arrival>();
    let served = axum::serve(listener, router).with_graceful_shutdown(closed);
    tokio::select! {
        served = served => served,
        () = late => Ok(()),
    }
}
