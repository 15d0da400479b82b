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
use crate::rpc::Limits;

/// How long the first request of a connection may take to come, and how long a client may read nothing of an answer.
pub(super) const LONGEST: Duration = Duration::from_secs(60);

/// How long a connection is kept for the next request.
///
/// Longer than clients keep one, so that none is closed while a request is on its way: nginx and most others keep it for a
/// minute. Proxies in the clouds keep theirs for up to ten minutes.
const BETWEEN: Duration = Duration::from_secs(75);
const BETWEEN_OF_PROXY: Duration = Duration::from_mins(11);

/// The requests of a connection that are under way: whose heads have come as a whole, and whose answers have not ended.
#[derive(Debug)]
pub(super) struct Requests {
    open: AtomicUsize,
    /// How long it may take until the next begins, from when.
    next: Mutex<(Instant, Duration)>,
}

/// A request that is under way, for as long as this lives.
#[derive(Debug)]
pub(super) struct UnderWay {
    control: Arc<Control>,
    /// How long it may take after this until the next one begins.
    between: Duration,
}

/// An answer, with its request.
struct Answer {
    body: Body,
    _request: UnderWay,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            open: AtomicUsize::new(0),
            next: Mutex::new((Instant::now(), LONGEST)),
        }
    }
}

impl Requests {
    /// When the connection has to be closed if no request comes; none if one is under way.
    pub(super) fn due(&self) -> Option<Instant> {
        let (from, time) = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let is_idle = self.open.load(Ordering::SeqCst) == 0;
        is_idle.then(|| from + time)
    }

    /// Some of an answer was read: until all of it is, no other request can be expected.
    pub(super) fn go_on(&self) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.0 = Instant::now();
    }

    fn end(&self, between: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (Instant::now(), between);
        drop(next);
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl UnderWay {
    /// The head of a request has come.
    pub(super) fn begin(control: &Arc<Control>, limits: &Limits) -> Self {
        control.requests.open.fetch_add(1, Ordering::SeqCst);
        Self {
            control: control.clone(),
            between: match limits.proxies {
                0 => BETWEEN,
                _ => BETWEEN_OF_PROXY,
            },
        }
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
        self.control.requests.end(self.between);
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
