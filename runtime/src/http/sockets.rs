//! The Socket.IO side of a server: layer, handle and shared state, built and served as one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use socketioxide::adapter::{Adapter, LocalAdapter};
use socketioxide::layer::SocketIoLayer;
use socketioxide::{ParserConfig, SocketIo, SocketIoBuilder};
use socketioxide_core::adapter::DefinedAdapter;

use crate::http::connection::Connections;
use crate::session::{Closing, Server};

/// How long the attachments of a message may take to arrive after it.
const COMPLETION: Duration = Duration::from_secs(30);

/// Bounds of what sockets may send and have queued.
#[derive(Debug, Clone, Copy)]
pub struct SocketOptions {
    /// The largest message that a client may send; a larger one ends the connection.
    pub max_message_bytes: usize,
    /// Attachments of one message; together they are not longer than a message may be.
    pub max_attachments: usize,
    /// Packets that may wait until a client reads them.
    pub max_buffer: usize,
    /// How often a client is pinged.
    pub ping_interval: Duration,
    /// How long the client may take to answer a ping.
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

/// Socket.IO for a server: the layer that handles its requests, the handle for events of the application, and the state
/// that the connections and calls of one server share, such as the limits of an address and whether it is closing.
///
/// ```no_run
/// # use rowcast_runtime::serve::{Origins, SocketOptions, Sockets, stop_signal};
/// # async fn example(server: rowcast_runtime::Server) -> std::io::Result<()> {
/// let sockets = Sockets::new(SocketOptions::default());
/// sockets.attach(server); // `generated::server(&app)`
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:5555").await?;
/// sockets.serve(listener, axum::Router::new(), &Origins::same(), stop_signal()).await
/// # }
/// ```
///
/// Clones are of the same sockets.
pub struct Sockets<A: Adapter = LocalAdapter> {
    layer: SocketIoLayer<A>,
    io: SocketIo<A>,
    pub(super) closing: Arc<Closing>,
    pub(super) connections: Arc<Connections>,
}

impl Sockets {
    /// Sockets of one node.
    pub fn new(options: SocketOptions) -> Self {
        Self::of(options.apply(SocketIo::builder()).build_layer())
    }
}

impl<A: Adapter> Sockets<A> {
    /// Sockets with an adapter, or with other options of Socket.IO; [`SocketOptions::apply`] sets those that are needed. To be called
    /// once for each layer: what two of them know of their connections would not be shared.
    pub fn of((layer, io): (SocketIoLayer<A>, SocketIo<A>)) -> Self {
        let closing = Arc::new(Closing::new());
        let connections = Arc::new(Connections::of(&closing));
        Self {
            layer,
            io,
            closing,
            connections,
        }
    }

    /// For events and rooms of the application.
    pub fn io(&self) -> &SocketIo<A> {
        &self.io
    }

    /// The layer, for a router that is not served by [`Sockets::serve`]: clients that send too fast are then slowed
    /// down by rejections only, and shutdown waits for no call.
    pub fn layer(&self) -> SocketIoLayer<A> {
        self.layer.clone()
    }
}

impl<A: Adapter + DefinedAdapter> Sockets<A> {
    /// Answers the sockets of the default namespace, and starts to send them changes. Must be called once, in a Tokio
    /// runtime; with a remote adapter, the result is a future to await.
    ///
    /// The server lives until `io().close()`, or the end of the runtime.
    pub fn attach(&self, server: Server) -> A::InitRes {
        server.attach_to(&self.io, self.closing.clone())
    }
}

impl<A: Adapter> Clone for Sockets<A> {
    fn clone(&self) -> Self {
        Self {
            layer: self.layer.clone(),
            io: self.io.clone(),
            closing: self.closing.clone(),
            connections: self.connections.clone(),
        }
    }
}

impl<A: Adapter> fmt::Debug for Sockets<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sockets").finish_non_exhaustive()
    }
}
