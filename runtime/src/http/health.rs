//! The health routes for supervisors and load balancers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use socketioxide::adapter::Adapter;
use tokio::time::timeout;

use crate::http::sockets::Sockets;
use crate::session::Closing;
use crate::store::{Database, Read, Reader};

/// How long the store may take to answer a probe; supervisors wait for one to a few seconds.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Reads a page of the file, however empty the file is.
const PROBE: &str = "SELECT count(*) FROM sqlite_schema";

type ProbeAnswer = (StatusCode, &'static str);

const READY: ProbeAnswer = (StatusCode::OK, "ready\n");
const IS_CLOSING: ProbeAnswer = (
    StatusCode::SERVICE_UNAVAILABLE,
    "not ready: the server is closing\n",
);
const STORE_IS_BUSY: ProbeAnswer = (
    StatusCode::SERVICE_UNAVAILABLE,
    "not ready: the store does not answer\n",
);
const FILE_IS_GONE: ProbeAnswer = (
    StatusCode::SERVICE_UNAVAILABLE,
    "not ready: the file of the store was deleted or replaced, restart the server\n",
);

impl<A: Adapter> Sockets<A> {
    /// Two routes: `/healthz` answers 200 as long as the process runs; `/readyz` answers 200 if the store answers a
    /// read within a second, its file is still the one that was opened, and no shutdown has begun, and 503 otherwise.
    ///
    /// A supervisor restarts a server that is not healthy; a load balancer sends no requests to a server that is not
    /// ready. An overloaded store is no reason for a restart, so `/healthz` does not query it.
    ///
    /// ```no_run
    /// # use rowcast_runtime::serve::{SocketOptions, Sockets};
    /// # fn example(store: rowcast_runtime::store::Database) {
    /// let sockets = Sockets::new(SocketOptions::default());
    /// let router = axum::Router::new().merge(sockets.health(store));
    /// # }
    /// ```
    pub fn health(&self, store: Database) -> Router {
        let closing = self.closing.clone();
        Router::new()
            .route("/healthz", get(|| async { "alive\n" }))
            .route("/readyz", get(move || ready(store, closing)))
    }
}

async fn ready(store: Database, closing: Arc<Closing>) -> ProbeAnswer {
    if closing.has_begun() {
        return IS_CLOSING;
    }
    if let Err(error) = store.check_files() {
        tracing::warn!(%error, "the file of the store is not the one that was opened");
        return FILE_IS_GONE;
    }
    let read = store.read(|reader: &Reader<'_>| reader.exists(PROBE, []));
    match timeout(PROBE_TIMEOUT, read).await {
        Ok(Ok(_)) => READY,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the store could not be read");
            STORE_IS_BUSY
        }
        Err(_) => STORE_IS_BUSY,
    }
}
