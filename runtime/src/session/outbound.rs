//! The packets that were handed to Socket.IO for one socket and are not yet written to its connection, in bytes.
//!
//! Socket.IO's own buffer counts packets, and a packet may be a whole list: for a client that requests lists and does
//! not read, the server would keep a copy per request. Senders therefore reserve room here first. A connection that
//! [`serve`] accepted reports each frame that it has written; packets and frames have the same order, so the oldest
//! packets are the ones that were sent. Frames of an application's own emits are attributed to packets that are counted
//! here, which underestimates the unsent bytes, never overestimates them, and ends as soon as nothing is unsent. A
//! packet that was not counted is corrected after two pings.
//!
//! Sockets of a server that is run without [`serve`] are not measured: there is always room for them here, and only the
//! number of their packets is limited.
//!
//! [`serve`]: crate::serve::Sockets::serve

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::live::Full;
use crate::rpc::attachment_count;

/// How long to wait for room before checking whether the socket is still connected.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// Packets that may be unsent, however small: half of the default size of Socket.IO's buffer.
const MAX_PACKETS: usize = 512;

/// The size of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    bytes: usize,
    frames: usize,
}

impl Size {
    /// The size of a packet with this data: a frame for its text and one for each attachment.
    pub(crate) fn of(data: &RawValue) -> Self {
        Self {
            bytes: data.get().len(),
            frames: 1 + attachment_count(data),
        }
    }
}

/// The unsent packets of one socket.
#[derive(Debug)]
pub(crate) struct Outbound {
    max_bytes: usize,
    max_packets: usize,
    is_measured: bool,
    state: Mutex<State>,
    sent: Notify,
}

#[derive(Debug, Default)]
struct State {
    packets: VecDeque<Unsent>,
    bytes: usize,
    last: u64,
    /// The last packet that was added before the last ping was sent.
    before_ping: u64,
}

#[derive(Debug)]
struct Unsent {
    ticket: u64,
    size: Size,
    list: Option<usize>,
}

/// A packet that was added.
#[derive(Debug)]
#[must_use = "a packet that is not sent after all must be given back"]
pub(crate) struct Ticket(Option<u64>);

impl Outbound {
    /// For a socket whose connection reports what it has written. At most `max_bytes` may be unsent; a packet is always
    /// added if nothing is unsent.
    pub(crate) fn measured(max_bytes: usize) -> Self {
        Self::new(max_bytes, MAX_PACKETS, true)
    }

    /// For a socket whose connection reports nothing: every packet is added.
    pub(crate) fn unmeasured() -> Self {
        Self::new(usize::MAX, usize::MAX, false)
    }

    fn new(max_bytes: usize, max_packets: usize, is_measured: bool) -> Self {
        Self {
            max_bytes,
            max_packets,
            is_measured,
            state: Mutex::default(),
            sent: Notify::new(),
        }
    }

    /// Adds a packet if there is room for it. `list` is the index of the list that it is a whole copy of: there is room
    /// for one copy of each list.
    pub(crate) fn reserve(&self, size: Size, list: Option<usize>) -> Result<Ticket, Full> {
        if !self.is_measured {
            return Ok(Ticket(None));
        }
        let mut state = self.lock();
        if !self.has_room(&state, size.bytes, list) {
            let bytes = Some(size.bytes);
            return Err(Full { bytes });
        }
        state.last += 1;
        let ticket = state.last;
        state.bytes += size.bytes;
        state.packets.push_back(Unsent { ticket, size, list });
        Ok(Ticket(Some(ticket)))
    }

    /// Removes a packet that was not sent.
    pub(crate) fn release(&self, Ticket(ticket): Ticket) {
        let Some(ticket) = ticket else { return };
        let mut state = self.lock();
        let mut packets = state.packets.iter();
        // If a frame of another packet was counted for this one, the oldest is the one whose frame was.
        let index = packets.position(|packet| packet.ticket == ticket);
        if let Some(packet) = state.packets.remove(index.unwrap_or(0)) {
            state.bytes -= packet.size.bytes;
        }
        drop(state);
        self.sent.notify_waiters();
    }

    /// The connection has written this number of frames.
    pub(crate) fn record_sent(&self, mut frames: usize) {
        if frames == 0 {
            return;
        }
        let mut state = self.lock();
        while let Some(oldest) = state.packets.front_mut() {
            let written = oldest.size.frames.min(frames);
            oldest.size.frames -= written;
            frames -= written;
            if oldest.size.frames > 0 {
                break;
            }
            let bytes = oldest.size.bytes;
            state.packets.pop_front();
            state.bytes -= bytes;
        }
        drop(state);
        self.sent.notify_waiters();
    }

    /// Engine.IO's ping was sent. The next one is only sent after this was answered, so that all packets from before
    /// the last ping were sent by now, even those that were not counted: a packet may be lost when a socket is upgraded
    /// from polling to a websocket, for instance.
    pub(crate) fn record_ping(&self) {
        let mut state = self.lock();
        while let Some(oldest) = state.packets.front()
            && oldest.ticket <= state.before_ping
        {
            state.bytes -= oldest.size.bytes;
            state.packets.pop_front();
        }
        state.before_ping = state.last;
        drop(state);
        self.sent.notify_waiters();
    }

    /// Waits until there is room for the packet that did not fit, or for a moment: then the caller checks whether the
    /// socket is still connected. If Socket.IO's buffer was full, it waits for `pause`.
    pub(crate) async fn until_room(&self, full: Full, list: Option<usize>, pause: Duration) {
        match full.bytes {
            Some(bytes) => {
                self.until(|state| self.has_room(state, bytes, list)).await;
            }
            None => sleep(pause).await,
        }
    }

    /// Waits until half of the limit of unsent bytes is free. Returns false if it waited for long and has to be called
    /// again.
    pub(crate) async fn until_half_sent(&self) -> bool {
        let bytes = self.max_bytes / 2;
        self.until(|state| self.has_room(state, bytes, None)).await
    }

    async fn until(&self, is_enough: impl Fn(&State) -> bool) -> bool {
        let enough = async {
            loop {
                // Packets that are sent from here on wake this.
                let sent = self.sent.notified();
                if is_enough(&self.lock()) {
                    return;
                }
                sent.await;
            }
        };
        timeout(CHECK_INTERVAL, enough).await.is_ok()
    }

    fn has_room(&self, state: &State, bytes: usize, list: Option<usize>) -> bool {
        if state.packets.is_empty() {
            return true;
        }
        let has_copy = |list| state.packets.iter().any(|packet| packet.list == Some(list));
        state.packets.len() < self.max_packets
            && state.bytes.saturating_add(bytes) <= self.max_bytes
            && !list.is_some_and(has_copy)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;

    fn outbound() -> Outbound {
        Outbound::new(100, 4, true)
    }

    fn size(bytes: usize) -> Size {
        Size { bytes, frames: 1 }
    }

    fn has_room(outbound: &Outbound, bytes: usize) -> bool {
        outbound.has_room(&outbound.lock(), bytes, None)
    }

    #[test]
    fn bytes_and_packets_are_bounded_but_one_packet_always_fits() {
        let outbound = outbound();
        assert!(outbound.reserve(size(1000), None).is_ok());
        assert!(outbound.reserve(size(1), None).is_err());
        outbound.record_sent(1);
        for _ in 0..4 {
            assert!(outbound.reserve(size(20), None).is_ok());
        }
        assert!(outbound.reserve(size(0), None).is_err(), "four are unsent");
        outbound.record_sent(1);
        assert!(outbound.reserve(size(41), None).is_err());
        assert!(outbound.reserve(size(40), None).is_ok());
    }

    #[test]
    fn of_each_list_one_copy_is_unsent() {
        let outbound = outbound();
        assert!(outbound.reserve(size(1), Some(0)).is_ok());
        assert!(outbound.reserve(size(1), Some(0)).is_err());
        assert!(outbound.reserve(size(1), Some(1)).is_ok());
        outbound.record_sent(1);
        assert!(outbound.reserve(size(1), Some(0)).is_ok());
        assert!(outbound.reserve(size(1), Some(1)).is_err());
    }

    #[test]
    fn a_packet_is_sent_with_the_last_of_its_frames() {
        let outbound = outbound();
        let _with_attachments = outbound.reserve(
            Size {
                bytes: 90,
                frames: 3,
            },
            None,
        );
        outbound.record_sent(2);
        assert!(!has_room(&outbound, 20));
        outbound.record_sent(1);
        assert!(has_room(&outbound, 20));
        // Frames of other packets.
        outbound.record_sent(7);
        let _one = outbound.reserve(size(90), None);
        assert!(!has_room(&outbound, 20));
    }

    #[test]
    fn a_released_packet_leaves_as_many_as_were_sent() {
        let outbound = outbound();
        let first = outbound.reserve(size(60), None).unwrap();
        let _second = outbound.reserve(size(30), None);
        outbound.release(first);
        assert!(has_room(&outbound, 70) && !has_room(&outbound, 71));
        let third = outbound.reserve(size(10), None).unwrap();
        // The frame of the second packet was the second that was sent, as the third had not been sent.
        outbound.record_sent(2);
        outbound.release(third);
        assert!(has_room(&outbound, 1000));
    }

    #[test]
    fn an_uncounted_packet_is_forgotten_with_the_second_ping_after_it() {
        let outbound = outbound();
        let _lost = outbound.reserve(size(60), Some(0));
        outbound.record_ping();
        let _later = outbound.reserve(size(30), Some(1));
        assert!(!has_room(&outbound, 20));
        outbound.record_ping();
        assert!(has_room(&outbound, 70) && !has_room(&outbound, 71));
        outbound.record_ping();
        assert!(has_room(&outbound, 1000));
    }

    #[test]
    fn a_connection_that_reports_nothing_is_not_measured() {
        let outbound = Outbound::unmeasured();
        for _ in 0..3 {
            assert!(outbound.reserve(size(10), Some(0)).is_ok());
        }
    }

    #[test]
    fn a_packet_has_a_frame_for_each_attachment() {
        let bytes = rowcast_schema::Bytes::from(vec![1]);
        let data = to_raw_value(&json!([bytes, "x", bytes])).unwrap();
        assert_eq!(Size::of(&data).frames, 3);
        let many = to_raw_value(&vec![bytes; 11]).unwrap();
        assert_eq!(Size::of(&many).frames, 1);
    }
}
