//! Settings of the sockets, and the HTTP server.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use socketioxide::adapter::Adapter;
use socketioxide::layer::SocketIoLayer;
use socketioxide::{SocketIo, SocketIoBuilder};
use tokio::net::TcpListener;

pub use crate::origins::{OriginError, Origins};

/// How much sockets may send and have waiting.
#[derive(Debug, Clone, Copy)]
pub struct SocketOptions {
    /// The largest message a client may send; a larger one ends the connection.
    pub max_message_bytes: usize,
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
            max_buffer: 1024,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
        }
    }
}

impl SocketOptions {
    /// Applies the options to a builder, with any adapter.
    pub fn apply<A: Adapter>(self, builder: SocketIoBuilder<A>) -> SocketIoBuilder<A> {
        builder
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

/// Serves the pages of these origins until `shutdown` is done; then tells all sockets, and waits for open requests.
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
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps waiting for small packets to fill up");
        }
    });
    let closed = async move {
        shutdown.await;
        io.close().await;
    };
    axum::serve(listener, origins.guard(router))
        .with_graceful_shutdown(closed)
        .await
}
