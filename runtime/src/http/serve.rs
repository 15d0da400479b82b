//! The HTTP server.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use socketioxide::adapter::Adapter;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::http::connection::{Arrival, ConnectionListener};
pub use crate::http::origins::{OriginError, Origins};
pub use crate::http::sockets::{SocketOptions, Sockets};
pub use crate::http::stop_signal::stop_signal;

/// How long open requests are waited for at the end; clients that poll may leave one open for half a minute.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

impl<A: Adapter> Sockets<A> {
    /// Serves the pages of these origins until `shutdown` is done, and then ends without losing anything:
    ///
    /// 1. Calls that have come are carried out and answered, for as long as [`Server::grace`](crate::Server::grace) says. The
    ///    socket that made them stays connected for that long; clients that connect now wait.
    /// 2. Calls that come meanwhile are refused as `busy`. Those with a key are not answered: their clients send them again
    ///    when they are connected to the next server.
    /// 3. All connections are closed, on which clients connect again, and open requests are waited for, for a few seconds.
    ///
    /// From the beginning of that on, [`Sockets::health`] says that the server is not ready. What was acknowledged is stored already.
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
    pub async fn serve(
        &self,
        listener: TcpListener,
        router: Router,
        origins: &Origins,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (known, shared) = (self.connections.clone(), self.connections.shared.clone());
        let pass = from_fn(move |request: Request, next: Next| {
            let known = known.clone();
            async move { known.pass(request, next).await }
        });
        let (done, is_done) = oneshot::channel();
        let (closing, io) = (self.closing.clone(), self.io().clone());
        let closed = async move {
            shutdown.await;
            closing.close(&io).await;
            // The receiver lives as long as this future.
            let _ = done.send(());
        };
        let late = async {
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
            .guard(router.layer(self.layer()))
            .layer(pass)
            .into_make_service_with_connect_info::<Arrival>();
        let served = axum::serve(listener, router).with_graceful_shutdown(closed);
        tokio::select! {
            served = served => served,
            () = late => Ok(()),
        }
    }
}
