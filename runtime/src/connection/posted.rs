//! What comes by the requests of clients that poll: it is read as fast as a websocket would be.

use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};

use super::Control;
use super::intake::{May, Rate};
use crate::pipeline::Limits;

/// Stands between the packets of a body.
const SEPARATOR: u8 = 0x1e;

/// The body of a request with packets, read at the rate of its connection.
pub(super) struct Posted {
    body: Body,
    control: Arc<Control>,
    limits: Limits,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Posted {
    pub(super) fn new(body: Body, control: Arc<Control>, limits: Limits) -> Self {
        let posted = Self {
            body,
            control,
            limits,
            timer: None,
        };
        // The first packet has no separator before it.
        posted.with_rate(|rate| rate.took(1, 0));
        posted
    }

    fn with_rate<T>(&self, with: impl FnOnce(&mut Rate) -> T) -> T {
        let rate = self.control.posted.lock();
        let mut rate = rate.unwrap_or_else(PoisonError::into_inner);
        with(rate.get_or_insert_with(|| Rate::new(&self.limits)))
    }

    fn poll_may_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.with_rate(Rate::may) {
                May::Read => return Poll::Ready(()),
                May::ReadNext => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                May::ReadAt(at) => {
                    let timer = self.timer.insert(Box::pin(sleep_until(at.into())));
                    ready!(timer.as_mut().poll(cx));
                }
            }
        }
    }
}

impl HttpBody for Posted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        ready!(self.poll_may_read(cx));
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(data) = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok()?.data_ref())
        {
            let packets = data.iter().filter(|byte| **byte == SEPARATOR).count();
            let packets = u32::try_from(packets).unwrap_or(u32::MAX);
            self.with_rate(|rate| rate.took(packets, data.len()));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
