//! Counts the packets and bytes read of a websocket, and limits their rate.
//!
//! Not all packets of clients are calls, which have limits of their own: pongs of Engine.IO and pings of the websocket
//! cost little each, but a client can send enough per second to occupy a core.

use std::sync::Arc;

use super::packets::{Malformed, Packets};
use super::polling::PollingSession;
use super::read_rate::{NextRead, ReadRate};
use crate::rpc::Limits;

/// What a websocket carries.
#[derive(Debug)]
pub(super) enum WebsocketKind {
    /// A session that begins with it.
    New,
    /// A session that has polled before.
    Upgraded(Arc<PollingSession>),
    /// A protocol of the application.
    Foreign,
}

/// A packet that has begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Incomplete {
    /// Distinguishes packets from one another.
    pub(super) packet: u64,
    pub(super) bytes: u64,
}

/// Counts what was read of a websocket, and limits its rate.
#[derive(Debug)]
pub(super) struct WebsocketMeter {
    frames: Frames,
    rate: ReadRate,
    /// The session, until its packets continue on this websocket.
    polled: Option<Arc<PollingSession>>,
}

impl WebsocketMeter {
    pub(super) fn new(limits: &Limits, kind: &WebsocketKind) -> Self {
        let (packets, polled) = match kind {
            WebsocketKind::New => (Packets::default(), None),
            WebsocketKind::Upgraded(polled) => (Packets::default(), Some(polled.clone())),
            WebsocketKind::Foreign => (Packets::foreign(), None),
        };
        let frames = Frames {
            packets,
            ..Frames::default()
        };
        Self {
            frames,
            rate: ReadRate::new(limits),
            polled,
        }
    }

    /// Bytes of the packet that has begun and not ended, as far as their number is known.
    pub(super) fn unfinished(&self) -> Incomplete {
        let Frames {
            message, packets, ..
        } = &self.frames;
        Incomplete {
            packet: packets.number(),
            bytes: packets.kept().saturating_add(*message),
        }
    }

    /// Records bytes that were read.
    pub(super) fn record(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.rate.record(self.frames.count(bytes)?, bytes.len());
        if self.frames.packets.take_upgraded()
            && let Some(polled) = self.polled.take()
        {
            self.frames.packets = polled.take_packets();
        }
        Ok(())
    }

    pub(super) fn next_read(&mut self) -> NextRead {
        self.rate.next_read()
    }
}

/// Finds the frames of a websocket in the bytes of a client (RFC 6455, section 5.2), and their packets.
///
/// A client that sends some before the connection is a websocket can have them miscounted; its gain is limited by the
/// rate of bytes.
#[derive(Debug, Default)]
struct Frames {
    /// The header of a frame, while incomplete.
    header: Vec<u8>,
    /// Bytes that follow the header of a frame and have not been read.
    remaining: u64,
    /// The first byte of that frame.
    kind: u8,
    is_open: bool,
    /// The mask of that frame, advanced to the next byte.
    mask: Mask,
    /// Whether the message that has begun is a text.
    is_text: bool,
    /// Bytes of the frames of a message that has not ended.
    message: u64,
    packets: Packets,
}

impl Frames {
    fn count(&mut self, mut bytes: &[u8]) -> Result<u32, Malformed> {
        let mut frames = 0;
        loop {
            let come = usize::try_from(self.remaining)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            let (payload, rest) = bytes.split_at(come);
            self.take_payload(payload)?;
            self.remaining -= come as u64;
            if self.remaining == 0 && std::mem::take(&mut self.is_open) {
                self.end_frame();
            }
            let Some((first, rest)) = rest.split_first() else {
                return Ok(frames);
            };
            bytes = rest;
            self.header.push(*first);
            if let Some(length) = rest_of_frame(&self.header) {
                self.begin_frame(length);
                frames += 1;
            }
        }
    }

    fn begin_frame(&mut self, length: u64) {
        self.kind = self.header.first().copied().unwrap_or_default();
        let is_masked = self.header.get(1).is_some_and(|second| second & 0x80 != 0);
        self.header.clear();
        self.mask = Mask::new(is_masked);
        self.remaining = length;
        self.is_open = true;
        if is_data(self.kind) {
            self.message = self.message.saturating_add(length);
            // A continuation frame has no message type of its own.
            match self.kind & 0x0f {
                0 => {}
                kind => self.is_text = kind == 1,
            }
        }
    }

    /// Parses the beginning of a text.
    fn take_payload(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        if !self.is_text || !is_data(self.kind) {
            return Ok(());
        }
        for byte in payload {
            if !self.packets.wants_more() {
                break;
            }
            if let Some(byte) = self.mask.take(*byte) {
                self.packets.push(byte)?;
            }
        }
        Ok(())
    }

    fn end_frame(&mut self) {
        if !is_last(self.kind) {
            return;
        }
        let bytes = std::mem::take(&mut self.message);
        match self.is_text {
            true => self.packets.end_text(bytes),
            false => self.packets.end_binary(bytes),
        }
    }
}

/// Unmasks the payload of a frame.
#[derive(Debug, Default)]
struct Mask {
    key: [u8; 4],
    /// How many bytes of the frame were read, those of the key first.
    position: usize,
}

impl Mask {
    fn new(is_masked: bool) -> Self {
        Self {
            key: [0; 4],
            position: if is_masked { 0 } else { 4 },
        }
    }

    /// The next byte of the payload, `None` for a byte of the key.
    fn take(&mut self, byte: u8) -> Option<u8> {
        let position = self.position;
        self.position += 1;
        let key = self.key.get_mut(position % 4)?;
        match position {
            0..4 => {
                *key = byte;
                None
            }
            _ => Some(byte ^ *key),
        }
    }
}

/// Whether a frame is part of a message; control frames may come between such frames.
fn is_data(kind: u8) -> bool {
    kind & 0x0f < 8
}

/// Whether a message ends with a frame.
fn is_last(kind: u8) -> bool {
    is_data(kind) && kind & 0x80 != 0
}

/// Bytes of a frame after the part of its header that states the length; `None` until that part is complete.
pub(super) fn rest_of_frame(header: &[u8]) -> Option<u64> {
    let [_, second, extended @ ..] = header else {
        return None;
    };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let length = match (second & 0x7f, extended) {
        (126, [a, b]) => u16::from_be_bytes([*a, *b]).into(),
        (127, [a, b, c, d, e, f, g, h]) => u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        (126 | 127, _) => return None,
        (length, _) => length.into(),
    };
    Some(length.saturating_add(mask))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Instant;

    use super::super::read_rate::YIELD_AFTER;
    use super::*;

    /// A masked frame with a payload of this length.
    fn frame(length: usize) -> Vec<u8> {
        let mut frame = vec![0x81];
        match length {
            0..=125 => frame.push(0x80 | length as u8),
            126..=0xffff => {
                frame.push(0x80 | 126);
                frame.extend((length as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        frame.extend(vec![0x81; length]);
        frame
    }

    #[test]
    fn frames_are_counted_however_they_are_cut() {
        let lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 0, 3];
        let sent: Vec<u8> = lengths.into_iter().flat_map(frame).collect();
        for portion in [1, 2, 3, 7, 4096, sent.len()] {
            let mut frames = Frames::default();
            let counts = sent.chunks(portion).map(|part| frames.count(part).unwrap());
            let counted: u32 = counts.sum();
            assert_eq!(counted as usize, lengths.len(), "by {portion}");
            assert!(frames.header.is_empty() && frames.remaining == 0);
        }
        // Not masked, as a client must not send them.
        assert_eq!(Frames::default().count(&[0x81, 1, 0, 0x8a, 0]), Ok(2));
        // Longer than any that may come.
        let mut frames = Frames::default();
        assert_eq!(frames.count(&[0xff; 100_000]), Ok(1));
    }

    #[test]
    fn a_message_counts_until_its_last_frame_has_come() {
        let mut frames = Frames::default();
        let part = |first: u8, length: usize| {
            let mut frame = frame(length);
            frame[0] = first;
            frame
        };
        let mut count = |bytes: &[u8]| {
            frames.count(bytes).unwrap();
            frames.message
        };
        assert_eq!(count(&frame(3)), 0);
        assert_eq!(count(&frame(100_000)[..20]), 100_004);
        assert_eq!(count(&frame(100_000)[20..]), 0);
        count(&part(0x01, 70_000));
        count(&part(0x89, 5));
        assert_eq!(count(&part(0x00, 70_000)), 140_008);
        assert_eq!(count(&part(0x80, 1)), 0);
    }

    /// A frame as clients send it.
    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = frame(payload.len());
        let key = [0x5a, 0xc3, 0x0f, 0x91];
        let header = frame.len() - payload.len() - 4;
        frame[0] = first;
        frame.truncate(header);
        frame.extend(key);
        frame.extend(
            payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(byte, key)| byte ^ key),
        );
        frame
    }

    #[test]
    fn a_packet_counts_until_its_last_attachment_has_come_however_it_is_cut() {
        let text = format!("452-[\"a\",\"{}\"]", "x".repeat(100_000));
        let (begin, end) = text.as_bytes().split_at(2);
        let sent: [(Vec<u8>, bool); 6] = [
            (masked(0x01, begin), true),
            (masked(0x89, b"ping"), true),
            (masked(0x80, end), true),
            (masked(0x82, &[7; 70_000]), true),
            (masked(0x81, b"3"), true),
            (masked(0x82, b"last"), false),
        ];
        for portion in [1, 3, 8192, usize::MAX] {
            let mut meter = WebsocketMeter::new(&Limits::default(), &WebsocketKind::New);
            for (index, (frame, is_kept)) in sent.iter().enumerate() {
                for part in frame.chunks(portion) {
                    meter.record(part).unwrap();
                }
                assert_eq!(
                    meter.unfinished().bytes > 0,
                    *is_kept,
                    "{index} by {portion}"
                );
            }
        }
        let mut meter = WebsocketMeter::new(&Limits::default(), &WebsocketKind::New);
        let long = format!("40/{}", "x".repeat(300));
        assert_eq!(meter.record(&masked(0x81, long.as_bytes())), Err(Malformed));
    }

    #[test]
    fn more_packets_or_bytes_than_there_may_be_are_waited_for() {
        let limits = Limits {
            packets_per_second: NonZeroU32::new(40).unwrap(),
            bytes_per_second: NonZeroU32::new(10_000).unwrap(),
            ..Limits::default()
        };
        let wait = |sent: &[u8]| {
            let mut meter = WebsocketMeter::new(&limits, &WebsocketKind::New);
            meter.record(sent).unwrap();
            assert_eq!(meter.next_read(), NextRead::Now);
            meter.record(sent).unwrap();
            let now = Instant::now();
            match meter.next_read() {
                NextRead::At(at) => (at - now).as_secs_f64(),
                next => panic!("{next:?}"),
            }
        };
        // A quarter of the packets of a second, and all of its bytes.
        let short = wait(&frame(1).repeat(10));
        assert!((0.1..0.26).contains(&short), "{short}");
        let long = wait(&frame(9992));
        assert!((0.5..1.01).contains(&long), "{long}");
    }

    #[test]
    fn many_packets_yield_to_others() {
        let mut meter = WebsocketMeter::new(&Limits::default(), &WebsocketKind::New);
        meter.record(&frame(1)).unwrap();
        assert_eq!(meter.next_read(), NextRead::Now);
        for _ in 0..YIELD_AFTER {
            meter.record(&frame(1)).unwrap();
        }
        assert_eq!(meter.next_read(), NextRead::AfterYield);
        assert_eq!(meter.next_read(), NextRead::Now);
    }
}
