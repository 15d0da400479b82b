//! Connections that are not read from while their client has more calls waiting than the server can answer soon.
//!
//! The operating system then holds the client back: reading calls only to refuse them would cost the others more.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

/// How long it is read after that, whatever comes.
const BREATH: Duration = Duration::from_millis(100);

/// Whether a connection is read from.
#[derive(Debug, Default)]
pub(crate) struct ReadThrottle(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed_at: Option<Instant>,
    may_close_from: Option<Instant>,
    reader: Option<Waker>,
}

impl ReadThrottle {
    /// How long a connection may go unread. The client's answers to pings are behind its calls, and are wanted at last: what
    /// comes then is refused, if there is still no room for it.
    pub(crate) const LONGEST: Duration = Duration::from_secs(2);

    /// Nothing more is read, for a while.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        let now = Instant::now();
        if state.closed_at.is_none() && state.may_close_from.is_none_or(|from| from <= now) {
            state.closed_at = Some(now);
        }
    }

    /// There is room again.
    pub(crate) fn open(&self) {
        let reader = {
            let mut state = self.lock();
            state.closed_at = None;
            state.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Until when it is closed, at the latest. Whoever asks is woken if that is sooner.
    pub(crate) fn closed_until(&self, cx: &Context<'_>) -> Option<Instant> {
        let mut state = self.lock();
        let until = state.closed_at? + Self::LONGEST;
        if until <= Instant::now() {
            state.closed_at = None;
            state.may_close_from = Some(Instant::now() + BREATH);
            return None;
        }
        state.reader = Some(cx.waker().clone());
        Some(until)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
