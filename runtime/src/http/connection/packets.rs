//! Finds the packets of Socket.IO in the messages of Engine.IO, as far as needed to bound the memory that they occupy.
//!
//! A packet with attachments is a text, `451-["event",{"_placeholder":true,"num":0}]`, and a binary message for each of
//! them. Socket.IO buffers the messages until all were received, however long that takes: it checks the time only when
//! another is received. And it answers a packet for a namespace that does not exist with the name of that, however
//! long.

/// Bytes at the beginning of a text that determine its type.
const HEAD: usize = 12;
/// Begins a text that connects to a namespace other than the main one; a comma ends the name.
const CONNECT: &[u8] = b"40/";
/// A namespace with a longer name does not exist.
const MAX_NAMESPACE: usize = 256;
/// Announces that the session continues on a websocket.
const UPGRADE: &[u8] = b"5";

/// The packet of a session that is being received.
#[derive(Debug, Default)]
pub(super) struct Packets {
    /// The beginning of the text that is being received.
    head: Vec<u8>,
    has_head: bool,
    /// Attachments that were not received yet.
    missing: u64,
    /// Bytes of the received messages of the packet.
    kept: u64,
    /// How many packets there have been.
    number: u64,
    is_upgraded: bool,
    /// The messages are not those of Socket.IO.
    is_foreign: bool,
}

/// A message that no client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl Packets {
    /// For a websocket of the application, whose messages have no packets.
    pub(super) fn foreign() -> Self {
        Self {
            is_foreign: true,
            ..Self::default()
        }
    }

    /// Whether the next byte of a text is part of its head.
    pub(super) fn wants_more(&self) -> bool {
        !self.has_head && !self.is_foreign
    }

    /// Adds the next byte of a text.
    pub(super) fn push(&mut self, byte: u8) -> Result<(), Malformed> {
        self.head.push(byte);
        self.has_head = match self.head.starts_with(CONNECT) {
            true if byte == b',' => true,
            true if self.head.len() > CONNECT.len() + MAX_NAMESPACE => return Err(Malformed),
            true => false,
            false => self.head.len() == HEAD,
        };
        Ok(())
    }

    /// A text of this length has ended.
    pub(super) fn end_text(&mut self, bytes: u64) {
        let head = std::mem::take(&mut self.head);
        self.has_head = false;
        self.is_upgraded |= head == UPGRADE;
        if !head.starts_with(b"4") {
            // Answers to pings may come between attachments.
            return;
        }
        self.number += 1;
        self.missing = attachments_of(&head);
        self.kept = if self.missing > 0 { bytes } else { 0 };
    }

    /// A binary message of this length has ended.
    pub(super) fn end_binary(&mut self, bytes: u64) {
        self.missing = self.missing.saturating_sub(1);
        self.kept = match self.missing {
            0 => 0,
            _ => self.kept.saturating_add(bytes),
        };
        // A message without a packet gets a number of its own, too.
        self.number += u64::from(self.missing == 0);
    }

    /// Bytes that are buffered until the packet is complete.
    pub(super) fn kept(&self) -> u64 {
        self.kept
    }

    /// Distinguishes packets from one another.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether the session continues on this connection from now on; returned once.
    pub(super) fn take_upgraded(&mut self) -> bool {
        std::mem::take(&mut self.is_upgraded)
    }
}

/// How many attachments follow a text with this beginning.
fn attachments_of(head: &[u8]) -> u64 {
    let (Some(b'4'), Some(b'5' | b'6')) = (head.first(), head.get(1)) else {
        return 0;
    };
    let digits: Vec<u8> = head
        .iter()
        .skip(2)
        .copied()
        .take_while(|byte| *byte != b'-')
        .collect();
    let digits = std::str::from_utf8(&digits).unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(packets: &mut Packets, text: &str) -> Result<(), Malformed> {
        for byte in text.bytes() {
            if packets.wants_more() {
                packets.push(byte)?;
            }
        }
        packets.end_text(text.len() as u64);
        Ok(())
    }

    #[test]
    fn a_packet_is_kept_until_its_last_attachment_has_come() {
        let mut packets = Packets::default();
        for (text, kept) in [
            ("42[\"a\"]", 0),
            ("", 0),
            ("450-[\"a\"]", 0),
            ("45-[\"a\"]", 0),
            ("451", 3),
        ] {
            take(&mut packets, text).unwrap();
            assert_eq!(packets.kept(), kept, "{text}");
        }
        for text in ["452-[\"a\",1,2]", "462-/ns,1[\"a\"]"] {
            let (mut packets, length) = (Packets::default(), text.len() as u64);
            take(&mut packets, text).unwrap();
            assert_eq!(packets.kept(), length);
            let number = packets.number();
            packets.end_binary(100);
            take(&mut packets, "3").unwrap();
            assert_eq!((packets.kept(), packets.number()), (length + 100, number));
            packets.end_binary(100);
            assert_eq!(packets.kept(), 0);
            assert_ne!(packets.number(), number);
        }
    }

    #[test]
    fn messages_of_others_are_no_packets() {
        let mut packets = Packets::foreign();
        for text in [
            "452-[\"a\",1,2]".to_owned(),
            format!("40/{}", "x".repeat(500)),
        ] {
            take(&mut packets, &text).unwrap();
            assert_eq!(packets.kept(), 0, "{text}");
        }
    }

    #[test]
    fn names_of_namespaces_are_bounded() {
        let name = |length| format!("40/{}", "x".repeat(length));
        for text in [name(256), name(256) + ",{}", name(3) + "," + &name(5000)] {
            assert_eq!(take(&mut Packets::default(), &text), Ok(()), "{text}");
        }
        for text in [name(257), name(5000) + ","] {
            assert_eq!(
                take(&mut Packets::default(), &text),
                Err(Malformed),
                "{text}"
            );
        }
        assert_eq!(take(&mut Packets::default(), &"42".repeat(5000)), Ok(()));
    }
}
