//! Socket.IO over Engine.IO 4, as text frames. Reads no more of a frame than where its parts begin.

/// What a server sends.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Wants a pong.
    Ping,
    /// An event with its arguments, as one JSON text without the brackets around it.
    Event { name: &'a str, arguments: &'a str },
    /// The ack of a call, with its arguments likewise.
    Ack { call: u64, arguments: &'a str },
    /// The handshake of a layer below, or something nobody here waits for.
    Other,
}

/// What is to be answered to a ping.
pub const PONG: &str = "3";
/// Asks to be connected to the default namespace.
pub const CONNECT: &str = "40";

/// Takes a frame apart.
pub fn parse(frame: &str) -> Frame<'_> {
    if frame == "2" {
        return Frame::Ping;
    }
    let parsed = match frame.get(..2) {
        Some("42") => parse_event(&frame[2..]),
        Some("43") => parse_ack(&frame[2..]),
        _ => None,
    };
    parsed.unwrap_or(Frame::Other)
}

fn parse_event(rest: &str) -> Option<Frame<'_>> {
    let (name, arguments) = rest.strip_prefix("[\"")?.split_once('"')?;
    let arguments = arguments.strip_suffix(']')?;
    let arguments = arguments.strip_prefix(',').unwrap_or(arguments);
    Some(Frame::Event { name, arguments })
}

fn parse_ack(rest: &str) -> Option<Frame<'_>> {
    let (call, arguments) = rest.split_once('[')?;
    Some(Frame::Ack {
        call: call.parse().ok()?,
        arguments: arguments.strip_suffix(']')?,
    })
}

/// A call that is to be acked. `key` becomes its second argument.
pub fn call(id: u64, event: &str, payload: &str, key: Option<&str>) -> String {
    match key {
        Some(key) => format!(r#"42{id}["{event}",{payload},{{"key":"{key}"}}]"#),
        None => format!(r#"42{id}["{event}",{payload}]"#),
    }
}

/// The bytes of a text message from a server: its payload, and the header before that.
pub fn framed(payload: usize) -> usize {
    payload
        + match payload {
            0..=125 => 2,
            126..=0xffff => 4,
            _ => 10,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_apart() {
        assert_eq!(parse("2"), Frame::Ping);
        assert_eq!(
            parse(r#"42["coaches",[{"name":"a]\"b"}]]"#),
            Frame::Event {
                name: "coaches",
                arguments: r#"[{"name":"a]\"b"}]"#
            }
        );
        assert_eq!(
            parse(r#"4317[{"ok":true}]"#),
            Frame::Ack {
                call: 17,
                arguments: r#"{"ok":true}"#
            }
        );
        for other in ["", "40{\"sid\":\"x\"}", "0{}", "43x[]", "42[1]", "é"] {
            assert_eq!(parse(other), Frame::Other, "{other}");
        }
    }

    #[test]
    fn a_key_is_a_second_argument() {
        assert_eq!(call(1, "e", "{}", None), r#"421["e",{}]"#);
        assert_eq!(call(2, "e", "{}", Some("k")), r#"422["e",{},{"key":"k"}]"#);
    }

    #[test]
    fn headers_of_messages_grow_with_them() {
        assert_eq!(
            [framed(125), framed(126), framed(65_535), framed(65_536)],
            [127, 130, 65_539, 65_546]
        );
    }
}
