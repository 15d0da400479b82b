//! Settings of the sockets, cross-origin requests, and the HTTP server.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, Uri};
use axum::serve::ListenerExt;
use socketioxide::adapter::Adapter;
use socketioxide::layer::SocketIoLayer;
use socketioxide::{SocketIo, SocketIoBuilder};
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;

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

/// An origin that can't be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{origin}` can't be allowed as an origin\n\
     help: name scheme, host and port as browsers do, without a path: `https://planner.example` or `http://localhost:3000`"
)]
pub struct OriginError {
    origin: String,
}

/// Lets pages of these origins talk to the server. Without any, only pages that the server itself delivered can.
///
/// # Errors
/// For `*` and whatever else is not an origin.
pub fn cors<S: AsRef<str>>(origins: &[S]) -> Result<CorsLayer, OriginError> {
    if origins.is_empty() {
        return Ok(CorsLayer::new());
    }
    let origins = origins
        .iter()
        .map(|origin| read_origin(origin.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE]))
}

fn read_origin(origin: &str) -> Result<HeaderValue, OriginError> {
    let refused = || OriginError {
        origin: origin.to_owned(),
    };
    let uri: Uri = origin.parse().map_err(|_| refused())?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| ["http", "https"].contains(scheme))
        .ok_or_else(refused)?;
    let authority = uri
        .authority()
        .filter(|authority| !authority.host().contains('*'))
        .ok_or_else(refused)?;
    if format!("{scheme}://{authority}") != origin || authority.as_str().contains('@') {
        return Err(refused());
    }
    HeaderValue::from_str(origin).map_err(|_| refused())
}

/// Serves until `shutdown` is done; then tells all sockets, and waits for open requests.
///
/// Small packets leave at once: with Nagle's algorithm, an ack behind a broadcast would take 40 ms.
///
/// # Errors
/// When the listener fails.
pub async fn serve<A: Adapter>(
    listener: TcpListener,
    router: Router,
    io: SocketIo<A>,
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
    axum::serve(listener, router)
        .with_graceful_shutdown(closed)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_origins_are_allowed() {
        for origin in ["http://localhost:3000", "https://planner.example"] {
            assert!(cors(&[origin]).is_ok(), "{origin}");
        }
        for origin in [
            "*",
            "",
            "planner.example",
            "http://a/",
            "http://a/b",
            "ftp://a",
            "http://*",
            "http://*.a",
            "null",
        ] {
            assert!(cors(&[origin]).is_err(), "{origin}");
        }
        assert!(cors::<&str>(&[]).is_ok());
    }
}
