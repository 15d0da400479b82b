//! Finds the event and its one argument in what came from the socket.

use std::collections::VecDeque;

use rowcast_schema::FieldErrors;
use serde::Deserialize;
use serde_json::Value;
use socketioxide::handler::Value as Packet;

use super::key;
use crate::attachments;

/// The name of an event, and its arguments or why they can't be used.
#[derive(Debug, PartialEq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) arguments: Result<Arguments, FieldErrors>,
}

/// What comes after the name of an event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Arguments {
    pub(super) payload: Value,
    pub(super) key: Option<String>,
}

/// Reads `["event", payload, { "key": … }]`; both arguments may be missing.
pub(super) fn read(packet: &Packet) -> Event {
    let Packet::Str(text, binaries) = packet else {
        return Event {
            name: String::new(),
            arguments: refused("the server can't read this encoding"),
        };
    };
    let none = VecDeque::new();
    let binaries = binaries.as_ref().unwrap_or(&none);
    let arguments = match serde_json::from_str::<Vec<Value>>(text.as_str()) {
        Err(_) => refused("is not JSON that the server can read"),
        Ok(event) => arguments(event, binaries),
    };
    Event {
        name: name(text.as_str()),
        arguments,
    }
}

fn arguments<B: AsRef<[u8]>>(
    event: Vec<Value>,
    binaries: &VecDeque<B>,
) -> Result<Arguments, FieldErrors> {
    let mut rest = event.into_iter().skip(1);
    let payload = rest.next().unwrap_or_default();
    let key = rest.next().map(key::read).transpose()?;
    if rest.next().is_some() {
        return refused("takes one argument, and `{ key }` after it");
    }
    Ok(Arguments {
        payload: whole(payload, binaries)?,
        key,
    })
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
    fn an_event_has_a_payload_and_a_key_or_not() {
        assert_eq!(
            read_text(r#"["a"]"#),
            Event {
                name: "a".into(),
                arguments: Ok(Arguments::default())
            }
        );
        assert_eq!(
            read_text(r#"["a",{"b":[1]}]"#),
            Event {
                name: "a".into(),
                arguments: Ok(Arguments {
                    payload: json!({"b": [1]}),
                    key: None
                })
            }
        );
        assert_eq!(
            read_text(r#"["a",null,{"key":"k"}]"#).arguments,
            Ok(Arguments {
                payload: Value::Null,
                key: Some("k".into())
            })
        );
    }

    #[test]
    fn what_can_not_be_read_still_has_a_name() {
        for text in [
            r#"["a",1,2]"#,
            r#"["a",1,{"key":"k"},3]"#,
            r#"["a",1e999]"#,
            r#"["a","\ud800"]"#,
            r#"["a",1] x"#,
        ] {
            let event = read_text(text);
            assert_eq!(event.name, "a", "{text}");
            assert!(event.arguments.is_err(), "{text}");
        }
        let deep = format!(r#"["a",{}{}]"#, "[".repeat(500), "]".repeat(500));
        assert_eq!(read_text(&deep).name, "a");
        assert!(read_text(&deep).arguments.is_err());
    }

    #[test]
    fn binary_data_comes_with_the_argument() {
        let with = |text: &str| {
            let binaries = Some([vec![1_u8].into()].into());
            let event = read(&Packet::Str(Str::from(text.to_owned()), binaries));
            event.arguments.map(|arguments| arguments.payload)
        };
        let bytes = serde_json::to_value(Bytes::from(vec![1])).unwrap();
        assert_eq!(with(r#"["a",{"_placeholder":true,"num":0}]"#), Ok(bytes));
        assert!(with(r#"["a",{"_placeholder":true,"num":1}]"#).is_err());
    }
}
