//! Stops reading connections while their client has more calls waiting than the server can answer soon.
//!
//! TCP flow control then slows the client down: reading calls only to reject them would cost the others more.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

/// How long a connection is read after the longest pause, whatever is received.
const MIN_OPEN_TIME: Duration = Duration::from_millis(100);

/// Whether a connection is read from.
#[derive(Debug, Default)]
pub(crate) struct ReadThrottle(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed_at: Option<Instant>,
    may_close_from: Option<Instant>,
    waker: Option<Waker>,
}

impl ReadThrottle {
    /// How long a connection may go unread. The client's answers to pings are behind its calls, and must be read in the
    /// end: calls that are read then are rejected, if there is still no room for them.
    pub(crate) const MAX_PAUSE: Duration = Duration::from_secs(2);

    /// Stops reading, for a while.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        let now = Instant::now();
        if state.closed_at.is_none() && state.may_close_from.is_none_or(|from| from <= now) {
            state.closed_at = Some(now);
        }
    }

    /// Resumes reading.
    pub(crate) fn open(&self) {
        let waker = {
            let mut state = self.lock();
            state.closed_at = None;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The time until which it is closed, at the latest. The task of `cx` is woken if it opens sooner.
    pub(crate) fn closed_until(&self, cx: &Context<'_>) -> Option<Instant> {
        let mut state = self.lock();
        let until = state.closed_at? + Self::MAX_PAUSE;
        if until <= Instant::now() {
            state.closed_at = None;
            state.may_close_from = Some(Instant::now() + MIN_OPEN_TIME);
            return None;
        }
        state.waker = Some(cx.waker().clone());
        Some(until)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
