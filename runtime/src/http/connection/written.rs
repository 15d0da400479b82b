//! Tracks what a connection has written, and so which packets of its socket were sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::websocket_meter::rest_of_frame;
use crate::session::Outbound;

/// Engine.IO's ping.
const PING: &str = "2";
/// Separates packets in the answer to a poll.
const SEPARATOR: char = '\u{1e}';

/// The packets that a connection carries: of one socket as its websocket, or of those that poll by it.
#[derive(Debug, Default)]
pub(crate) struct Written(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Set once it is a websocket.
    frames: Option<SentFrames>,
    /// Of the socket of the websocket.
    outbound: Option<Arc<Outbound>>,
    polls: VecDeque<Poll>,
}

/// The answer to a poll, part of which is not written yet.
#[derive(Debug)]
struct Poll {
    remaining: usize,
    sent: Sent,
    outbound: Arc<Outbound>,
}

/// What a connection has sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sent {
    /// Frames of events, acks and attachments.
    frames: usize,
    /// Engine.IO's pings.
    pings: usize,
}

impl Sent {
    fn report(self, outbound: &Outbound) {
        outbound.record_sent(self.frames);
        for _ in 0..self.pings {
            outbound.record_ping();
        }
    }
}

impl Written {
    /// The bytes written from now on are the rest of an answer, and then frames.
    pub(super) fn becomes_websocket(&self) {
        self.lock().frames.get_or_insert_default();
    }

    /// The frames are those of this socket.
    pub(super) fn set_outbound(&self, outbound: &Arc<Outbound>) {
        self.lock().outbound = Some(outbound.clone());
    }

    /// The answer to a poll is going to be written, with these packets; `None` if they are unknown, which counts all
    /// unsent packets.
    pub(super) fn expect_poll_answer(
        &self,
        length: usize,
        packets: Option<&str>,
        outbound: Arc<Outbound>,
    ) {
        let all = Sent {
            frames: usize::MAX,
            pings: 0,
        };
        self.lock().polls.push_back(Poll {
            remaining: length,
            sent: packets.map_or(all, sent_with),
            outbound,
        });
    }

    /// Whether the frames are those of this socket.
    #[cfg(test)]
    pub(super) fn has_outbound(&self, outbound: &Arc<Outbound>) -> bool {
        let state = self.lock();
        state
            .outbound
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, outbound))
    }

    /// Records bytes that were written.
    pub(super) fn record(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if let Some(frames) = &mut state.frames {
            let sent = frames.count(bytes);
            if let Some(outbound) = state.outbound.clone() {
                drop(state);
                sent.report(&outbound);
            }
            return;
        }
        let mut written = bytes.len();
        while let Some(poll) = state.polls.front_mut() {
            let part = poll.remaining.min(written);
            poll.remaining -= part;
            written -= part;
            if poll.remaining > 0 {
                return;
            }
            poll.sent.report(&poll.outbound);
            state.polls.pop_front();
        }
    }

    /// The connection has ended, and with it what it had to write.
    pub(super) fn end(&self) {
        for poll in self.lock().polls.drain(..) {
            poll.sent.report(&poll.outbound);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counts of the packets in the answer to a poll.
fn sent_with(body: &str) -> Sent {
    let packets = || body.split(SEPARATOR);
    Sent {
        frames: packets().filter(|packet| is_counted(packet)).count(),
        pings: packets().filter(|packet| *packet == PING).count(),
    }
}

/// Whether it is an event, an ack or an attachment: [`Outbound`] counts those.
fn is_counted(packet: &str) -> bool {
    let is_text = packet
        .get(..2)
        .is_some_and(|kind| is_event_or_ack(kind.as_bytes()));
    is_text || packet.starts_with('b')
}

fn is_event_or_ack(kind: &[u8]) -> bool {
    matches!(kind, [b'4', b'2' | b'3' | b'5' | b'6', ..])
}

/// Finds the ends of the frames that a server writes: they are not masked.
#[derive(Debug, Default)]
struct SentFrames {
    /// The last bytes of the answer that made it a websocket; the frames begin after an empty line.
    head: VecDeque<u8>,
    is_open: bool,
    header: Vec<u8>,
    /// Bytes left of a frame with a complete header.
    remaining: Option<u64>,
    /// The beginning of its payload.
    kind: Vec<u8>,
}

impl SentFrames {
    /// Returns what is complete with these bytes.
    fn count(&mut self, mut bytes: &[u8]) -> Sent {
        let mut sent = Sent::default();
        while let Some((first, rest)) = bytes.split_first() {
            match self.remaining {
                _ if !self.is_open => {
                    self.read_head(*first);
                    bytes = rest;
                }
                None => {
                    self.header.push(*first);
                    self.remaining = rest_of_frame(&self.header);
                    bytes = rest;
                }
                Some(remaining) => {
                    let part = usize::try_from(remaining)
                        .unwrap_or(usize::MAX)
                        .min(bytes.len());
                    let (payload, rest) = bytes.split_at(part);
                    let missing = 2_usize.saturating_sub(self.kind.len());
                    self.kind.extend(payload.iter().take(missing));
                    self.remaining = Some(remaining - part as u64);
                    bytes = rest;
                }
            }
            if self.remaining == Some(0) {
                self.end_frame(&mut sent);
            }
        }
        sent
    }

    fn read_head(&mut self, byte: u8) {
        self.head.push_back(byte);
        if self.head.len() > 4 {
            self.head.pop_front();
        }
        self.is_open = self.head == *b"\r\n\r\n";
    }

    /// Counts the frame that ends here.
    fn end_frame(&mut self, sent: &mut Sent) {
        const TEXT: u8 = 1;
        const BINARY: u8 = 2;
        match self.header.first().map(|first| first & 0x0f) {
            Some(TEXT) if self.kind == PING.as_bytes() => sent.pings += 1,
            Some(TEXT) if is_event_or_ack(&self.kind) => sent.frames += 1,
            Some(BINARY) => sent.frames += 1,
            _ => {}
        }
        self.header.clear();
        self.kind.clear();
        self.remaining = None;
    }
}

#[cfg(test)]
mod tests {
    use rowcast_schema::Bytes;
    use serde_json::value::{RawValue, to_raw_value};

    use super::*;
    use crate::session::Size;

    fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0x80 | opcode];
        match payload.len() {
            length @ 0..=125 => frame.push(length as u8),
            length @ 126..=0xffff => {
                frame.push(126);
                frame.extend((length as u16).to_be_bytes());
            }
            length => {
                frame.push(127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(payload);
        frame
    }

    fn event(length: usize) -> Vec<u8> {
        frame(1, format!("42{}", "x".repeat(length)).as_bytes())
    }

    /// Whether one packet is unsent, with no room beside it.
    fn waiting(outbound: &Outbound) -> bool {
        let free = outbound.reserve(Size::of(RawValue::NULL), None);
        let is_waiting = free.is_err();
        free.into_iter().for_each(|ticket| outbound.release(ticket));
        is_waiting
    }

    fn with_one_packet(data: &RawValue) -> Arc<Outbound> {
        let outbound = Outbound::measured(1);
        let _sent = outbound.reserve(Size::of(data), None);
        Arc::new(outbound)
    }

    #[test]
    fn frames_of_events_and_acks_are_counted_however_they_are_cut() {
        let mut sent = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n".to_vec();
        for length in [0, 1, 123, 124, 125, 65_533, 65_534, 0] {
            sent.extend(event(length));
        }
        for packet in ["2", "40{\"sid\":\"a\"}", "41", "44{}", "0{}", ""] {
            sent.extend(frame(1, packet.as_bytes()));
        }
        sent.extend(frame(2, b"42"));
        sent.extend(frame(2, &[]));
        sent.extend(frame(10, b"42"));
        sent.extend(frame(1, b"431[]"));
        for portion in [1, 2, 3, 7, 4096, sent.len()] {
            let mut frames = SentFrames::default();
            let counted = sent.chunks(portion).map(|part| frames.count(part));
            let (frames_sent, pings) = counted.fold((0, 0), |(frames, pings), sent| {
                (frames + sent.frames, pings + sent.pings)
            });
            assert_eq!((frames_sent, pings), (8 + 2 + 1, 1), "by {portion}");
            assert!(frames.header.is_empty() && frames.remaining.is_none());
        }
    }

    #[test]
    fn a_packet_is_sent_when_its_last_frame_is_written() {
        let bytes = to_raw_value(&Bytes::from(vec![1])).unwrap();
        let outbound = with_one_packet(&bytes);
        let written = Written::default();
        written.becomes_websocket();
        written.set_outbound(&outbound);
        written.record(b"HTTP/1.1 101 x\r\n\r\n");
        written.record(&event(5));
        let attachment = frame(2, &[1; 300]);
        written.record(&attachment[..200]);
        assert!(waiting(&outbound));
        written.record(&attachment[200..]);
        assert!(!waiting(&outbound));
    }

    #[test]
    fn an_answer_to_a_poll_is_sent_when_it_is_written_or_its_connection_has_ended() {
        for is_cut in [true, false] {
            let outbound = with_one_packet(RawValue::NULL);
            let written = Written::default();
            let body = format!("2{SEPARATOR}42[\"a\",null]{SEPARATOR}40{{}}");
            written.expect_poll_answer(body.len(), Some(&body), outbound.clone());
            written.record(&vec![0; body.len() - 1]);
            assert!(waiting(&outbound));
            match is_cut {
                true => written.end(),
                false => written.record(&[0; 200]),
            }
            assert!(!waiting(&outbound));
        }
    }

    #[test]
    fn an_answer_that_cannot_be_parsed_counts_all_unsent_packets() {
        let outbound = with_one_packet(RawValue::NULL);
        let written = Written::default();
        written.expect_poll_answer(3, None, outbound.clone());
        written.record(&[0; 3]);
        assert!(!waiting(&outbound));
    }

    #[test]
    fn packets_of_a_poll_are_counted_as_they_were_sent() {
        let counted = |body: &str| {
            let Sent { frames, pings } = sent_with(body);
            (frames, pings)
        };
        assert_eq!(counted("42[\"a\"]"), (1, 0));
        assert_eq!(counted("451-[\"a\",{}]\u{1e}bAQ==\u{1e}431[null]"), (3, 0));
        assert_eq!(counted("40{}\u{1e}2\u{1e}6\u{1e}41"), (0, 1));
    }
}
