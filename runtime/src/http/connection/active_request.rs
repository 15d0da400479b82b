//! Tracks active requests: connections that are idle for long are closed, since each takes an open file.

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
use crate::rpc::Limits;

/// How long the first request of a connection may take to be received, and how long a client may read nothing of an
/// answer.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a connection is kept for the next request.
///
/// Longer than clients keep one, so that none is closed while a request is in flight: nginx and most others keep it for
/// a minute. Proxies of cloud providers keep theirs for up to ten minutes.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
const KEEP_ALIVE_OF_PROXY: Duration = Duration::from_mins(11);

/// The active requests of a connection: their heads were received as a whole, and their answers have not ended.
#[derive(Debug)]
pub(super) struct Requests {
    open: AtomicUsize,
    /// The start of the idle time, and how long it may last until the next request begins.
    next: Mutex<(Instant, Duration)>,
}

/// A request is active for as long as this lives.
#[derive(Debug)]
pub(super) struct ActiveRequest {
    control: Arc<Control>,
    /// How long the connection is kept after this request.
    keep_alive: Duration,
}

/// The body of an answer, with its request.
struct AnswerBody {
    body: Body,
    _request: ActiveRequest,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            open: AtomicUsize::new(0),
            next: Mutex::new((Instant::now(), REQUEST_TIMEOUT)),
        }
    }
}

impl Requests {
    /// When the connection has to be closed if no request is received; `None` while one is active.
    pub(super) fn due(&self) -> Option<Instant> {
        let (from, time) = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let is_idle = self.open.load(Ordering::SeqCst) == 0;
        is_idle.then(|| from + time)
    }

    /// Some of an answer was read by the client: until all of it is, no other request can be expected.
    pub(super) fn extend(&self) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.0 = Instant::now();
    }

    fn end(&self, keep_alive: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (Instant::now(), keep_alive);
        drop(next);
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl ActiveRequest {
    /// The head of a request was received.
    pub(super) fn begin(control: &Arc<Control>, limits: &Limits) -> Self {
        control.requests.open.fetch_add(1, Ordering::SeqCst);
        Self {
            control: control.clone(),
            keep_alive: match limits.proxies {
                0 => KEEP_ALIVE,
                _ => KEEP_ALIVE_OF_PROXY,
            },
        }
    }

    /// Keeps the request active until its answer has ended.
    pub(super) fn until_end_of(self, response: Response<Body>) -> Response<Body> {
        response.map(|body| {
            Body::new(AnswerBody {
                body,
                _request: self,
            })
        })
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.control.requests.end(self.keep_alive);
    }
}

impl HttpBody for AnswerBody {
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
