//! What a script may expect of the server, by the protocol alone: which calls are to be acked, and whether the connection may
//! be closed. Knows nothing of what the calls mean.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::script::Message;

/// What one client has sent so far.
#[derive(Debug, Default)]
pub(crate) struct Law {
    joined: bool,
    broken: bool,
    awaited: Option<Awaited>,
    due: HashMap<i64, usize>,
}

/// A packet whose attachments have not all come.
#[derive(Debug)]
struct Awaited {
    attachments: usize,
    call: Option<i64>,
}

/// What is to be waited for before the next message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: messages are sent without waiting.
    Go,
    /// The answer to a connect: what comes before that ends the connection.
    Wait,
}

impl Law {
    /// Takes note of a message that is sent.
    pub(crate) fn note(&mut self, message: &Message) -> Next {
        match message {
            Message::Binary(_) => self.note_attachment(),
            Message::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => return self.note_text(text),
                Err(_) => self.broken = true,
            },
        }
        Next::Go
    }

    /// The server lets the client in, or not.
    pub(crate) fn joined(&mut self, is_in: bool) {
        self.joined = is_in;
    }

    /// Whether the client has done nothing for which it may be cut off.
    pub(crate) fn is_kept(&self) -> bool {
        self.joined && !self.broken && self.awaited.is_none()
    }

    /// How often each call is to be acked, unless the connection is closed.
    pub(crate) fn due(&self) -> &HashMap<i64, usize> {
        &self.due
    }

    fn note_attachment(&mut self) {
        let Some(mut awaited) = self.awaited.take() else {
            self.broken = true;
            return;
        };
        awaited.attachments -= 1;
        if awaited.attachments > 0 {
            self.awaited = Some(awaited);
        } else {
            self.called(awaited.call);
        }
    }

    fn note_text(&mut self, text: &str) -> Next {
        if text == "2" || text == "3" {
            return Next::Go;
        }
        // A text between a packet and its attachments is not what follows it.
        let packet = match text.strip_prefix('4') {
            Some(packet) if self.awaited.is_none() => Packet::read(packet),
            _ => None,
        };
        match packet {
            Some(Packet {
                kind: '0',
                is_root: true,
                ..
            }) if !self.joined => return Next::Wait,
            Some(Packet { kind: '0', .. }) => {}
            Some(Packet {
                kind: '2' | '5',
                is_root: false,
                attachments: 0,
                ..
            }) => {}
            Some(
                packet @ Packet {
                    kind: '2' | '5', ..
                },
            ) => self.note_event(&packet),
            _ => self.broken = true,
        }
        Next::Go
    }

    fn note_event(&mut self, packet: &Packet<'_>) {
        self.broken |= !self.joined || !packet.is_root || !has_name(packet.data);
        match packet.attachments {
            0 => self.called(packet.call),
            attachments => {
                self.awaited = Some(Awaited {
                    attachments,
                    call: packet.call,
                });
            }
        }
    }

    fn called(&mut self, call: Option<i64>) {
        if let Some(call) = call {
            *self.due.entry(call).or_default() += 1;
        }
    }
}

/// A packet of Socket.IO, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
struct Packet<'a> {
    kind: char,
    attachments: usize,
    is_root: bool,
    call: Option<i64>,
    data: &'a str,
}

impl<'a> Packet<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let kind = text.chars().next().filter(char::is_ascii_digit)?;
        let mut rest = &text[1..];
        let mut attachments = 0;
        if kind == '5' {
            let (digits, behind) = rest.split_once('-')?;
            attachments = digits.parse().ok().filter(|count| *count <= 10_000)?;
            rest = behind;
        }
        let mut is_root = true;
        if rest.starts_with('/') {
            let (namespace, behind) = rest.split_once(',').unwrap_or((rest, ""));
            is_root = namespace == "/";
            rest = behind;
        }
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (digits, data) = rest.split_at(digits);
        let call = digits.parse().ok().filter(|_| data.starts_with(['[', '{']));
        Some(Self {
            kind,
            attachments,
            is_root,
            call,
            data,
        })
    }
}

/// Whether that is a list of JSON that begins with a text. Event names with escapes are not read by socketioxide, which then
/// closes the connection.
fn has_name(data: &str) -> bool {
    struct Event;

    impl<'de> Visitor<'de> for Event {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an event")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
            let name = items.next_element::<&str>()?;
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok(name.is_some())
        }
    }

    let mut json = serde_json::Deserializer::from_str(data);
    matches!(json.deserialize_seq(Event), Ok(true)) && json.end().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(texts: &[&str]) -> Law {
        let mut law = Law::default();
        for text in texts {
            let message = match text.strip_prefix('~') {
                Some(binary) => Message::Binary(binary.into()),
                None => Message::Text((*text).into()),
            };
            if law.note(&message) == Next::Wait {
                law.joined(true);
            }
        }
        law
    }

    #[test]
    fn calls_are_due_and_the_connection_stays() {
        for (texts, due) in [
            (&["40", r#"427["a"]"#][..], Some(7)),
            (&["40{}", r#"42/,7["a",1e999]"#], Some(7)),
            (&["40", r#"42["a"]"#], None),
            (&["40", r#"42/other,7["a"]"#], None),
            (
                &[
                    "40",
                    r#"452-7["a",{"_placeholder":true,"num":0}]"#,
                    "~x",
                    "~y",
                ],
                Some(7),
            ),
            (&["40", r#"450-7["a"]"#, "2", "40/other,", "40"], Some(7)),
            (&["40", r#"4299999999999999999999["a"]"#], None),
        ] {
            let law = law(texts);
            assert!(law.is_kept(), "{texts:?}");
            let due: HashMap<i64, usize> = due.into_iter().map(|id| (id, 1)).collect();
            assert_eq!(*law.due(), due, "{texts:?}");
        }
    }

    #[test]
    fn who_breaks_the_protocol_may_be_cut_off() {
        for texts in [
            &[r#"427["a"]"#][..],
            &["40", "4"],
            &["40", "1"],
            &["40", "41"],
            &["40", "427{}"],
            &["40", r#"42["a"#],
            &["40", r#"42[1]"#],
            &["40", r#"42["a"] x"#],
            &["40", r#"42["\u0061"]"#],
            &["40", "~x"],
            &["40", r#"451-["a"]"#],
            &["40", r#"451-["a"]"#, "2", r#"42["a"]"#, "~x"],
            &["40", r#"45["a"]"#],
            &["40", r#"431["a"]"#],
        ] {
            assert!(!law(texts).is_kept(), "{texts:?}");
        }
    }
}
