//! Which connections do something: those that do nothing for long are closed, since each takes an open file.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Response;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;

use super::Control;

/// How long a connection that is no websocket may be open without a request that is under way, and how long its client may
/// read nothing of an answer. Clients that keep a connection for the next request open another one.
pub(super) const LONGEST: Duration = Duration::from_secs(60);

/// The requests of a connection that are under way: whose heads have come as a whole, and whose answers have not ended.
#[derive(Debug)]
pub(super) struct Requests {
    open: AtomicUsize,
    /// When the last of them ended, or the connection began.
    ended: Mutex<Instant>,
}

/// A request that is under way, for as long as this lives.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Control>);

/// An answer, with its request.
struct Answer {
    body: Body,
    _request: UnderWay,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            open: AtomicUsize::new(0),
            ended: Mutex::new(Instant::now()),
        }
    }
}

impl Requests {
    /// When the connection has to be closed if no request comes; none if one is under way.
    pub(super) fn due(&self) -> Option<Instant> {
        let ended = *self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let is_idle = self.open.load(Ordering::SeqCst) == 0;
        is_idle.then(|| ended + LONGEST)
    }

    fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl UnderWay {
    /// The head of a request has come.
    pub(super) fn begin(control: &Arc<Control>) -> Self {
        control.requests.open.fetch_add(1, Ordering::SeqCst);
        Self(control.clone())
    }

    /// It goes on until the answer has ended.
    pub(super) fn until_end_of(self, response: Response<Body>) -> Response<Body> {
        response.map(|body| {
            Body::new(Answer {
                body,
                _request: self,
            })
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.requests.end();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
