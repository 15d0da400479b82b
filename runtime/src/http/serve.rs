//! The HTTP server.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use socketioxide::adapter::Adapter;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::http::connection::{ConnectionInfo, ConnectionListener};
pub use crate::http::origins::{OriginError, Origins};
pub use crate::http::sockets::{SocketOptions, Sockets};
pub use crate::http::stop_signal::stop_signal;

/// How long open requests may take at shutdown; clients that poll may leave one open for half a minute.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

impl<A: Adapter> Sockets<A> {
    /// Serves pages of these origins until `shutdown` completes, and then shuts down without losing anything:
    ///
    /// 1. Calls that were received are executed and answered, within [`Server::grace`](crate::Server::grace). The
    ///    sockets of their callers stay connected during that time; clients that connect now wait.
    /// 2. Calls that are received meanwhile are rejected as `busy`. Calls with a key get no answer: their clients
    ///    resend them when they are connected to the next server.
    /// 3. All connections are closed, on which clients reconnect, and open requests get a few seconds to end.
    ///
    /// From the start of the shutdown on, [`Sockets::health`] reports that the server is not ready. Everything
    /// acknowledged is stored already.
    ///
    /// A websocket whose client has so many calls waiting that half of [`Limits::max_in_flight`](crate::Limits) is used
    /// up is not read from until most are answered (for two seconds at most): TCP flow control then slows down a client
    /// that sends too fast, and it takes less time from others. Nor is a websocket read from faster than
    /// [`Limits::packets_per_second`](crate::Limits) and `bytes_per_second` allow. Servers that are run otherwise
    /// reject calls instead.
    ///
    /// Small packets are sent at once: with Nagle's algorithm, an ack behind a broadcast would take 40 ms.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        router: Router,
        origins: &Origins,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (connections, shared) = (self.connections.clone(), self.connections.shared.clone());
        let track = from_fn(move |request: Request, next: Next| {
            let connections = connections.clone();
            async move { connections.handle(request, next).await }
        });
        let (done, is_done) = oneshot::channel();
        let (closing, io) = (self.closing.clone(), self.io().clone());
        let closed = async move {
            shutdown.await;
            closing.close(&io).await;
            // The receiver lives as long as this future.
            let _ = done.send(());
        };
        let overdue = async {
            match is_done.await {
                Ok(()) => tokio::time::sleep(LAST_REQUESTS).await,
                Err(_) => std::future::pending().await,
            }
        };
        if let Ok(address) = listener.local_addr() {
            tracing::info!("listening on http://{address}");
        }
        let listener = ConnectionListener::new(listener, shared);
        let router = origins
            .restrict(router.layer(self.layer()))
            .layer(track)
            .into_make_service_with_connect_info::<ConnectionInfo>();
        let served = axum::serve(listener, router).with_graceful_shutdown(closed);
        tokio::select! {
            served = served => served,
            () = overdue => Ok(()),
        }
    }
}
