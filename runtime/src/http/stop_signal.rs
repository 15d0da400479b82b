//! How a process is asked to stop.

/// Waits for Ctrl+C, or for the signal by which service managers and containers stop a process (SIGTERM). Give it to
/// [`Sockets::serve`](super::serve::Sockets::serve), which then ends without losing anything.
pub async fn stop_signal() {
    // Without a handler, the signal ends the process at once.
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
