//! Finds the event and its one argument in what came from the socket.

use std::collections::VecDeque;

use rowcast_schema::FieldErrors;
use serde::Deserialize;
use serde_json::Value;
use socketioxide::handler::Value as Packet;

use crate::attachments;

/// The name of an event, and its argument or why that can't be used.
#[derive(Debug, PartialEq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) payload: Result<Value, FieldErrors>,
}

/// Reads `["event", argument]`.
pub(super) fn read(packet: &Packet) -> Event {
    let Packet::Str(text, binaries) = packet else {
        return Event {
            name: String::new(),
            payload: refused("the server can't read this encoding"),
        };
    };
    let none = VecDeque::new();
    let binaries = binaries.as_ref().unwrap_or(&none);
    let payload = match serde_json::from_str::<Vec<Value>>(text.as_str()) {
        Err(_) => refused("is not JSON that the server can read"),
        Ok(arguments) => only_argument(arguments).and_then(|argument| whole(argument, binaries)),
    };
    Event {
        name: name(text.as_str()),
        payload,
    }
}

fn only_argument(event: Vec<Value>) -> Result<Value, FieldErrors> {
    let mut arguments = event.into_iter().skip(1);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(Value::Null),
        (Some(argument), None) => Ok(argument),
        (Some(_), Some(_)) => refused("takes one argument"),
    }
}

/// The argument with the bytes that came beside it.
fn whole<B: AsRef<[u8]>>(
    mut argument: Value,
    binaries: &VecDeque<B>,
) -> Result<Value, FieldErrors> {
    match attachments::put_in(&mut argument, binaries) {
        Ok(()) => Ok(argument),
        Err(_) => refused("the binary data did not come along"),
    }
}

fn refused<T>(message: &str) -> Result<T, FieldErrors> {
    Err(FieldErrors::general(message))
}

/// The first element, even if one behind it can't be read.
fn name(text: &str) -> String {
    let text = text.trim_start().strip_prefix('[').unwrap_or_default();
    String::deserialize(&mut serde_json::Deserializer::from_str(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rowcast_schema::Bytes;
    use serde_json::json;
    use socketioxide_core::Str;

    use super::*;

    fn read_text(text: &str) -> Event {
        read(&Packet::Str(Str::from(text.to_owned()), None))
    }

    #[test]
    fn an_event_has_one_argument_or_none() {
        assert_eq!(
            read_text(r#"["a"]"#),
            Event {
                name: "a".into(),
                payload: Ok(Value::Null)
            }
        );
        assert_eq!(
            read_text(r#"["a",{"b":[1]}]"#),
            Event {
                name: "a".into(),
                payload: Ok(json!({"b": [1]}))
            }
        );
    }

    #[test]
    fn what_can_not_be_read_still_has_a_name() {
        for text in [
            r#"["a",1,2]"#,
            r#"["a",1e999]"#,
            r#"["a","\ud800"]"#,
            r#"["a",1] x"#,
        ] {
            let event = read_text(text);
            assert_eq!(event.name, "a", "{text}");
            assert!(event.payload.is_err(), "{text}");
        }
        let deep = format!(r#"["a",{}{}]"#, "[".repeat(500), "]".repeat(500));
        assert_eq!(read_text(&deep).name, "a");
        assert!(read_text(&deep).payload.is_err());
    }

    #[test]
    fn binary_data_comes_with_the_argument() {
        let with = |text: &str| {
            let binaries = Some([vec![1_u8].into()].into());
            read(&Packet::Str(Str::from(text.to_owned()), binaries)).payload
        };
        let bytes = serde_json::to_value(Bytes::from(vec![1])).unwrap();
        assert_eq!(with(r#"["a",{"_placeholder":true,"num":0}]"#), Ok(bytes));
        assert!(with(r#"["a",{"_placeholder":true,"num":1}]"#).is_err());
    }
}
