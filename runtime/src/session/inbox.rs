//! The waiting calls of a socket.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use socketioxide::handler::Value;

use super::address::{CallSlot, Room};
use crate::rpc::Limits;
use crate::session::RateLimit;
use crate::session::closing::InFlight;

/// Rejections of one socket that may wait for room in its buffer.
const MAX_PENDING_REJECTIONS: usize = 1024;
/// Rejections of one socket per second, and at once: a client that has received `busy` this often and continues to send
/// costs the others more by rejections than answers may.
const REJECTIONS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1000).unwrap();
const MAX_REJECTIONS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// A call as it was received from the socket.
#[derive(Debug)]
pub(super) struct WaitingCall {
    pub(super) payload: Value,
    pub(super) ack_id: Option<i64>,
    pub(super) arrived: Instant,
    /// `None` if the server was closing already.
    pub(super) in_flight: Option<InFlight>,
    /// Counted until the call is answered.
    pub(super) of_address: Option<CallSlot>,
}

/// The outcome of adding a call to the inbox.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It is the first; the caller has to start a task for it.
    First,
    /// A task is running and will answer it.
    Queued,
    /// There is no room. It has to be rejected at once.
    Rejected,
    /// There is no room even for the rejection, since the client sends without reading; or it was rejected too often.
    /// The waiting calls are dropped.
    Flooded,
}

#[derive(Debug)]
pub(super) struct Inbox {
    limits: Limits,
    rate_limit: RateLimit,
    rejections: DefaultDirectRateLimiter,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: VecDeque<WaitingCall>,
    bytes: usize,
    is_answering: bool,
    rejecting: usize,
}

impl Inbox {
    pub(super) fn new(limits: Limits) -> Self {
        let rejections = Quota::per_second(REJECTIONS_PER_SECOND).allow_burst(MAX_REJECTIONS);
        Self {
            limits,
            rate_limit: RateLimit::new(limits.calls_per_second, limits.burst),
            rejections: RateLimiter::direct(rejections),
            state: Mutex::default(),
        }
    }

    /// Waits until another call of the socket may be answered.
    pub(super) async fn until_within_rate(&self) {
        self.rate_limit.wait().await;
    }

    /// `room` is the room that the address has. Also returns whether so many calls wait now that no more should be
    /// read.
    pub(super) fn put(&self, call: WaitingCall, room: Room) -> (Put, bool) {
        let mut state = self.lock();
        let put = self.put_into(&mut state, call, room);
        (put, self.is_used(&state, 2))
    }

    fn put_into(&self, state: &mut State, call: WaitingCall, room: Room) -> Put {
        let bytes = size(&call);
        let full = room != Room::Enough
            || state.calls.len() >= self.limits.max_in_flight
            || state.bytes.saturating_add(bytes) > self.limits.max_waiting_bytes;
        if full && (room == Room::None || !state.calls.is_empty()) {
            if state.rejecting >= MAX_PENDING_REJECTIONS || self.rejections.check().is_err() {
                // None of these was answered, and the client is about to be disconnected.
                state.calls.clear();
                state.bytes = 0;
                return Put::Flooded;
            }
            state.rejecting += 1;
            return Put::Rejected;
        }
        state.bytes += bytes;
        state.calls.push_back(call);
        if std::mem::replace(&mut state.is_answering, true) {
            Put::Queued
        } else {
            Put::First
        }
    }

    /// The next call; if there is none, the task ends.
    pub(super) fn take(&self) -> Option<WaitingCall> {
        let mut state = self.lock();
        let next = state.calls.pop_front();
        match &next {
            Some(call) => state.bytes -= size(call),
            None => state.is_answering = false,
        }
        next
    }

    /// Whether calls wait or are being answered.
    pub(super) fn is_answering(&self) -> bool {
        self.lock().is_answering
    }

    /// Whether few enough calls wait to read more.
    pub(super) fn has_room(&self) -> bool {
        !self.is_used(&self.lock(), 4)
    }

    fn is_used(&self, state: &State, share: usize) -> bool {
        state.calls.len() >= self.limits.max_in_flight.div_ceil(share)
            || state.bytes >= self.limits.max_waiting_bytes.div_ceil(share)
    }

    /// A rejected call has been answered.
    pub(super) fn rejection_sent(&self) {
        self.lock().rejecting -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(call: &WaitingCall) -> usize {
    bytes(&call.payload)
}

/// Bytes of a payload, with those of its attachments.
pub(super) fn bytes(payload: &Value) -> usize {
    match payload {
        Value::Str(text, binaries) => {
            text.len()
                + binaries
                    .iter()
                    .flatten()
                    .map(|bytes| bytes.len())
                    .sum::<usize>()
        }
        Value::Bytes(bytes) => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use socketioxide_core::Str;

    use super::*;

    fn call(bytes: usize) -> WaitingCall {
        WaitingCall {
            payload: Value::Str(Str::from("x".repeat(bytes)), None),
            ack_id: None,
            arrived: Instant::now(),
            in_flight: None,
            of_address: None,
        }
    }

    fn put(inbox: &Inbox, call: WaitingCall) -> Put {
        inbox.put(call, Room::Enough).0
    }

    #[test]
    fn calls_come_out_in_order_and_the_last_one_ends_the_work() {
        let inbox = Inbox::new(Limits::default());
        assert_eq!(
            put(
                &inbox,
                WaitingCall {
                    ack_id: Some(1),
                    ..call(1)
                }
            ),
            Put::First
        );
        assert_eq!(
            put(
                &inbox,
                WaitingCall {
                    ack_id: Some(2),
                    ..call(1)
                }
            ),
            Put::Queued
        );
        assert_eq!(inbox.take().unwrap().ack_id, Some(1));
        assert_eq!(inbox.take().unwrap().ack_id, Some(2));
        assert_eq!(put(&inbox, call(1)), Put::Queued);
        assert!(inbox.take().is_some());
        assert!(inbox.take().is_none());
        assert_eq!(put(&inbox, call(1)), Put::First);
    }

    #[test]
    fn calls_and_bytes_are_bounded_but_one_call_always_fits() {
        let inbox = Inbox::new(Limits {
            max_in_flight: 2,
            max_waiting_bytes: 10,
            ..Limits::default()
        });
        assert_eq!(put(&inbox, call(20)), Put::First);
        assert_eq!(put(&inbox, call(1)), Put::Rejected);
        inbox.take();
        assert_eq!(put(&inbox, call(5)), Put::Queued);
        assert_eq!(put(&inbox, call(5)), Put::Queued);
        for _ in 1..MAX_PENDING_REJECTIONS {
            assert_eq!(put(&inbox, call(0)), Put::Rejected);
        }
        assert_eq!(put(&inbox, call(0)), Put::Flooded);
        assert!(inbox.take().is_none());
    }

    #[test]
    fn an_address_without_room_is_rejected_where_something_waits_or_much_is_sent() {
        let inbox = Inbox::new(Limits::default());
        assert_eq!(inbox.put(call(1), Room::None).0, Put::Rejected);
        assert_eq!(inbox.put(call(1), Room::ForFirst).0, Put::First);
        assert_eq!(inbox.put(call(1), Room::ForFirst).0, Put::Rejected);
        inbox.take();
        assert_eq!(inbox.put(call(1), Room::ForFirst).0, Put::Queued);
    }

    #[test]
    fn a_client_that_ignores_rejections_is_disconnected() {
        let inbox = Inbox::new(Limits {
            max_in_flight: 1,
            ..Limits::default()
        });
        assert_eq!(put(&inbox, call(1)), Put::First);
        let mut rejected = 0;
        while put(&inbox, call(1)) == Put::Rejected {
            inbox.rejection_sent();
            rejected += 1;
            assert!(rejected < 1_000_000, "it is rejected for ever");
        }
        assert!(rejected >= MAX_REJECTIONS.get(), "{rejected}");
        assert!(
            inbox.take().is_none(),
            "its calls wait, though it is disconnected"
        );
    }
}
