//! The calls of a socket that wait for their turn.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use socketioxide::handler::Value;

use super::address::{CallOf, Room};
use crate::rpc::Limits;
use crate::session::Pace;
use crate::session::closing::InFlight;

/// Refusals of one socket that may wait for room in its buffer.
const MAX_REFUSING: usize = 1024;
/// Refusals of one socket in a second, and at once: a client that has heard `busy` so often and goes on sending costs the
/// others more by being refused than it may by being answered.
const REFUSALS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1000).unwrap();
const MAX_REFUSALS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// A call as it came from the socket.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) payload: Value,
    pub(super) ack_id: Option<i64>,
    pub(super) arrived: Instant,
    /// Nothing if the server was closing already.
    pub(super) in_flight: Option<InFlight>,
    /// Counted until the call is answered.
    pub(super) of_address: Option<CallOf>,
}

/// What became of a call that was put into the inbox.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It is the first; somebody has to start working.
    First,
    /// Somebody is at work and will come to it.
    Queued,
    /// There is no room. It is to be answered at once.
    Refused,
    /// There is not even room to wait for the answer, since the client sends without reading; or it was refused so often
    /// that it will not learn. What waited is dropped.
    Flooded,
}

#[derive(Debug)]
pub(super) struct Inbox {
    limits: Limits,
    pace: Pace,
    refusals: DefaultDirectRateLimiter,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: VecDeque<Waiting>,
    bytes: usize,
    working: bool,
    refusing: usize,
}

impl Inbox {
    pub(super) fn new(limits: Limits) -> Self {
        let refusals = Quota::per_second(REFUSALS_PER_SECOND).allow_burst(MAX_REFUSALS);
        Self {
            limits,
            pace: Pace::new(limits.calls_per_second, limits.burst),
            refusals: RateLimiter::direct(refusals),
            state: Mutex::default(),
        }
    }

    /// Waits until the socket may have another call answered.
    pub(super) async fn paced(&self) {
        self.pace.wait().await;
    }

    /// `room` tells whether there is any beyond this socket. Gives, too, whether so many calls wait now that no more should
    /// be read.
    pub(super) fn put(&self, call: Waiting, room: Room) -> (Put, bool) {
        let mut state = self.lock();
        let put = self.put_into(&mut state, call, room);
        (put, self.is_used(&state, 2))
    }

    fn put_into(&self, state: &mut State, call: Waiting, room: Room) -> Put {
        let bytes = size(&call);
        let full = room != Room::Enough
            || state.calls.len() >= self.limits.max_in_flight
            || state.bytes.saturating_add(bytes) > self.limits.max_waiting_bytes;
        if full && (room == Room::None || !state.calls.is_empty()) {
            if state.refusing >= MAX_REFUSING || self.refusals.check().is_err() {
                // None of these was answered, and nobody is going to be there to hear it.
                state.calls.clear();
                state.bytes = 0;
                return Put::Flooded;
            }
            state.refusing += 1;
            return Put::Refused;
        }
        state.bytes += bytes;
        state.calls.push_back(call);
        if std::mem::replace(&mut state.working, true) {
            Put::Queued
        } else {
            Put::First
        }
    }

    /// The next call; if there is none, the work ends.
    pub(super) fn take(&self) -> Option<Waiting> {
        let mut state = self.lock();
        let next = state.calls.pop_front();
        match &next {
            Some(call) => state.bytes -= size(call),
            None => state.working = false,
        }
        next
    }

    /// Whether calls wait or are being answered.
    pub(super) fn is_at_work(&self) -> bool {
        self.lock().working
    }

    /// Whether so few wait that more may be read.
    pub(super) fn has_room(&self) -> bool {
        !self.is_used(&self.lock(), 4)
    }

    fn is_used(&self, state: &State, share: usize) -> bool {
        state.calls.len() >= self.limits.max_in_flight.div_ceil(share)
            || state.bytes >= self.limits.max_waiting_bytes.div_ceil(share)
    }

    /// A refused call has been answered.
    pub(super) fn refused(&self) {
        self.lock().refusing -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(call: &Waiting) -> usize {
    bytes(&call.payload)
}

/// Bytes of a payload, with those that came beside it.
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

    fn call(bytes: usize) -> Waiting {
        Waiting {
            payload: Value::Str(Str::from("x".repeat(bytes)), None),
            ack_id: None,
            arrived: Instant::now(),
            in_flight: None,
            of_address: None,
        }
    }

    fn put(inbox: &Inbox, call: Waiting) -> Put {
        inbox.put(call, Room::Enough).0
    }

    #[test]
    fn calls_come_out_in_order_and_the_last_one_ends_the_work() {
        let inbox = Inbox::new(Limits::default());
        assert_eq!(
            put(
                &inbox,
                Waiting {
                    ack_id: Some(1),
                    ..call(1)
                }
            ),
            Put::First
        );
        assert_eq!(
            put(
                &inbox,
                Waiting {
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
        assert_eq!(put(&inbox, call(1)), Put::Refused);
        inbox.take();
        assert_eq!(put(&inbox, call(5)), Put::Queued);
        assert_eq!(put(&inbox, call(5)), Put::Queued);
        for _ in 1..MAX_REFUSING {
            assert_eq!(put(&inbox, call(0)), Put::Refused);
        }
        assert_eq!(put(&inbox, call(0)), Put::Flooded);
        assert!(inbox.take().is_none());
    }

    #[test]
    fn an_address_without_room_is_refused_where_something_waits_or_much_is_sent() {
        let inbox = Inbox::new(Limits::default());
        assert_eq!(inbox.put(call(1), Room::None).0, Put::Refused);
        assert_eq!(inbox.put(call(1), Room::ForFirst).0, Put::First);
        assert_eq!(inbox.put(call(1), Room::ForFirst).0, Put::Refused);
        inbox.take();
        assert_eq!(inbox.put(call(1), Room::ForFirst).0, Put::Queued);
    }

    #[test]
    fn who_goes_on_sending_whatever_it_hears_is_sent_away() {
        let inbox = Inbox::new(Limits {
            max_in_flight: 1,
            ..Limits::default()
        });
        assert_eq!(put(&inbox, call(1)), Put::First);
        let mut refused = 0;
        while put(&inbox, call(1)) == Put::Refused {
            inbox.refused();
            refused += 1;
            assert!(refused < 1_000_000, "it is refused for ever");
        }
        assert!(refused >= MAX_REFUSALS.get(), "{refused}");
        assert!(inbox.take().is_none(), "its calls wait, though it is gone");
    }
}
