//! What is seen of calls and connections from outside: their spans and their measures. Nothing that a client has sent is in
//! either.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use metrics::{Gauge, counter, gauge, histogram};
use rowcast_schema::ErrorCode;
use tracing::Span;
use tracing::field::Empty;

use super::Caller;
use crate::metrics::{CALL_DURATION, CALL_WAIT, CALLS, CONNECTIONS, OK, SOCKETS, UNREAD};

/// A call that is being answered.
pub(crate) struct CallMetrics {
    event: &'static str,
    arrived: Instant,
    span: Span,
    refused: OnceLock<ErrorCode>,
}

impl CallMetrics {
    /// It is the turn of a call.
    pub(crate) fn begin(event: &'static str, arrived: Instant, caller: &Caller) -> Self {
        let waited = arrived.elapsed();
        histogram!(CALL_WAIT, "event" => event).record(waited);
        let span = tracing::info_span!(
            "call",
            event,
            socket = caller.id(),
            signed_in = caller.is_signed_in(),
            who = Empty,
            wait_ms = milliseconds(waited),
            duration_ms = Empty,
            outcome = Empty,
        );
        if let Some(who) = caller.logged_as() {
            span.record("who", &*who);
        }
        Self {
            event,
            arrived,
            span,
            refused: OnceLock::new(),
        }
    }

    /// The span of the call.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The call was refused, for this.
    pub(crate) fn refused(&self, code: ErrorCode) {
        // A call is refused once; there is nothing to do about a second time.
        let _ = self.refused.set(code);
    }

    /// The ack was handed to the socket.
    pub(crate) fn end(self) {
        let took = self.arrived.elapsed();
        let outcome = self.refused.get().map_or(OK, |code| code.as_str());
        counter!(CALLS, "event" => self.event, "outcome" => outcome).increment(1);
        histogram!(CALL_DURATION, "event" => self.event).record(took);
        self.span.record("duration_ms", milliseconds(took));
        self.span.record("outcome", outcome);
        self.span
            .in_scope(|| tracing::debug!("the call was answered"));
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A call was refused as busy before it was looked at.
pub(crate) fn count_rejected_unread() {
    let outcome = ErrorCode::Busy.as_str();
    counter!(CALLS, "event" => UNREAD, "outcome" => outcome).increment(1);
}

/// A socket was let in, or not.
pub(crate) fn count_connection(outcome: &'static str) {
    counter!(CONNECTIONS, "outcome" => outcome).increment(1);
}

/// Counts a socket as connected for as long as the socket keeps it.
#[derive(Clone)]
pub(crate) struct Connected {
    _counted: Arc<Counted>,
}

struct Counted(Gauge);

impl Connected {
    pub(crate) fn count() -> Self {
        let sockets = gauge!(SOCKETS);
        sockets.increment(1);
        Self {
            _counted: Arc::new(Counted(sockets)),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
