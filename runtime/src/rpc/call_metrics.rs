//! The spans and metrics of calls and connections. Neither contains anything that a client has sent.

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
    rejected: OnceLock<ErrorCode>,
}

impl CallMetrics {
    /// Begins the processing of a call.
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
            rejected: OnceLock::new(),
        }
    }

    /// The span of the call.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The call was rejected with this code.
    pub(crate) fn rejected(&self, code: ErrorCode) {
        // A call is rejected once; a second code is ignored.
        let _ = self.rejected.set(code);
    }

    /// The ack was handed to the socket.
    pub(crate) fn end(self) {
        let took = self.arrived.elapsed();
        let outcome = self.rejected.get().map_or(OK, |code| code.as_str());
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

/// A call was rejected as busy before it was parsed.
pub(crate) fn count_rejected_unread() {
    let outcome = ErrorCode::Busy.as_str();
    counter!(CALLS, "event" => UNREAD, "outcome" => outcome).increment(1);
}

/// A connection was accepted or rejected.
pub(crate) fn count_connection(outcome: &'static str) {
    counter!(CONNECTIONS, "outcome" => outcome).increment(1);
}

/// Counts a socket as connected for as long as this lives.
#[derive(Clone)]
pub(crate) struct CountedSocket {
    _counted: Arc<Counted>,
}

struct Counted(Gauge);

impl CountedSocket {
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
