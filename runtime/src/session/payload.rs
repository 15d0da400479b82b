//! Finds the event and its one argument in a packet of a socket.
//!
//! Only the name of the event and its key are decoded here: the payload stays the received text, until the guard has
//! accepted the call and [`Limits`] the payload.

use std::collections::VecDeque;

use rowcast_schema::FieldErrors;
use rowcast_schema::input::{Items, Json};
use serde::Deserialize;
use serde_json::value::RawValue;
use socketioxide::handler::Value;

use crate::rpc::{Limits, Mismatch, put_attachments_in, read_key};

/// An event as it was received, `["event", payload, { "key": … }]`; both arguments may be missing.
pub(super) struct Packet<'p>(&'p Value);

/// The arguments after the name of an event.
pub(super) struct Arguments<'p> {
    payload: &'p RawValue,
    pub(super) key: Option<String>,
    packet: &'p Value,
}

/// The argument of a call with its attachments.
pub(super) enum Payload<'p> {
    /// It has no attachments.
    AsSent(&'p RawValue),
    /// The attachments are inserted into it.
    Whole(Box<RawValue>),
}

impl<'p> Packet<'p> {
    pub(super) fn of(value: &'p Value) -> Self {
        Self(value)
    }

    /// The name of the event, even if an argument after it is malformed.
    pub(super) fn name(&self) -> String {
        let Value::Str(text, _) = self.0 else {
            return String::new();
        };
        let text = text.trim_start().strip_prefix('[').unwrap_or_default();
        String::deserialize(&mut serde_json::Deserializer::from_str(text)).unwrap_or_default()
    }

    /// Whether the call has a key.
    pub(super) fn has_key(&self) -> bool {
        self.arguments().is_ok_and(|given| given.key.is_some())
    }

    /// The arguments.
    ///
    /// # Errors
    /// Why they are malformed.
    pub(super) fn arguments(&self) -> Result<Arguments<'p>, FieldErrors> {
        let mut items = self.items()?.skip(1);
        let payload = items.next().unwrap_or(RawValue::NULL);
        let key = items.next().map(read_key).transpose()?;
        if items.next().is_some() {
            return rejected("takes one argument, and `{ key }` after it");
        }
        Ok(Arguments {
            payload,
            key,
            packet: self.0,
        })
    }

    fn items(&self) -> Result<Items<'p>, FieldErrors> {
        let Value::Str(text, _) = self.0 else {
            return rejected("the server can't read this encoding");
        };
        let event: Option<&RawValue> = serde_json::from_str(text.as_str()).ok();
        match event.map(Json::of) {
            Some(Json::List(items)) => Ok(items),
            _ => rejected("is not JSON that the server can read"),
        }
    }
}

impl<'p> Arguments<'p> {
    /// The payload, if it is within the limits.
    ///
    /// # Errors
    /// Which part of it is too large, or that its attachments do not match its placeholders.
    pub(super) fn payload(&self, limits: &Limits) -> Result<Payload<'p>, FieldErrors> {
        let none = VecDeque::new();
        let binaries = match self.packet {
            Value::Str(_, Some(binaries)) => binaries,
            _ => &none,
        };
        let beside: usize = binaries.iter().map(|bytes| bytes.len()).sum();
        limits.check(self.payload, beside)?;
        match put_attachments_in(self.payload, binaries, limits.max_text) {
            Ok(None) => Ok(Payload::AsSent(self.payload)),
            Ok(Some(whole)) => Ok(Payload::Whole(whole)),
            Err(Mismatch::Missing) => rejected("the binary data did not come along"),
            Err(Mismatch::Repeated) => rejected("must not use binary data more than once"),
            Err(Mismatch::TooLarge) => Err(FieldErrors::general(limits.text_too_long())),
        }
    }
}

impl Payload<'_> {
    pub(super) fn json(&self) -> &RawValue {
        match self {
            Self::AsSent(json) => json,
            Self::Whole(json) => json,
        }
    }
}

fn rejected<T>(message: &str) -> Result<T, FieldErrors> {
    Err(FieldErrors::general(message))
}

#[cfg(test)]
mod tests {
    use rowcast_schema::Bytes;
    use socketioxide_core::Str;

    use super::*;

    type Read = (String, Result<(String, Option<String>), FieldErrors>);

    fn read(value: &Value) -> Read {
        let packet = Packet::of(value);
        let arguments = packet.arguments().and_then(|arguments| {
            let payload = arguments.payload(&Limits::default())?;
            Ok((payload.json().get().to_owned(), arguments.key))
        });
        (packet.name(), arguments)
    }

    fn read_text(text: &str) -> Read {
        read(&Value::Str(Str::from(text.to_owned()), None))
    }

    #[test]
    fn an_event_has_a_payload_and_a_key_or_not() {
        for (text, payload, key) in [
            (r#"["a"]"#, "null", None),
            (r#"["a",{"b": [1]}]"#, r#"{"b": [1]}"#, None),
            (r#"["a", null,{"key":"k"}]"#, "null", Some("k")),
        ] {
            let expected = (payload.to_owned(), key.map(str::to_owned));
            assert_eq!(read_text(text), ("a".into(), Ok(expected)), "{text}");
        }
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
            let (name, arguments) = read_text(text);
            assert_eq!(name, "a", "{text}");
            assert!(arguments.is_err(), "{text}");
        }
        let deep = format!(r#"["a",{}{}]"#, "[".repeat(500), "]".repeat(500));
        assert_eq!(read_text(&deep).0, "a");
        assert!(read_text(&deep).1.is_err());
    }

    #[test]
    fn binary_data_comes_with_the_argument() {
        let with = |text: &str| {
            let binaries = Some([vec![1_u8].into()].into());
            let (_, arguments) = read(&Value::Str(Str::from(text.to_owned()), binaries));
            arguments.map(|(payload, _)| payload)
        };
        let bytes = serde_json::to_string(&Bytes::from(vec![1])).unwrap();
        let placeholder = r#"{"_placeholder":true,"num":0}"#;
        assert_eq!(with(&format!(r#"["a",{placeholder}]"#)), Ok(bytes));
        assert!(with(r#"["a",{"_placeholder":true,"num":1}]"#).is_err());
        assert!(with(&format!(r#"["a",[{placeholder},{placeholder}]]"#)).is_err());
    }
}
