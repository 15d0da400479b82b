//! Bytes beside the text of packets: Socket.IO's binary attachments.
//!
//! Within the server they stand in the JSON itself, as [`rowcast_schema::Bytes`] write them, so that rows can be encoded
//! once, kept and put together. At the socket they are taken out of it, and put into it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use rowcast_schema::Bytes;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// How bytes begin. Quotation marks in texts are escaped, so that nothing else looks like it but an object of the same
/// keys, and [`put_in`] lets no client send one.
const MARK: &str = r#"{"_placeholder":true,"base64":""#;

/// Clients in JavaScript end the connection when a packet has more (`maxAttachments` of socket.io-parser, since 4.2.6), and
/// each is a message of its own; more bytes than these stay in the text, as base64.
const MOST_ATTACHMENTS: usize = 10;

/// An event's argument or an ack that came with a packet does not name the attachments it should.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch;

/// Puts the attachments of a packet where placeholders stand for them.
///
/// # Errors
/// If a placeholder stands for none. Clients that are sent such an object disconnect, so it is not let in.
pub(crate) fn put_in<B: AsRef<[u8]>>(
    value: &mut Value,
    attachments: &VecDeque<B>,
) -> Result<(), Mismatch> {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .try_for_each(|item| put_in(item, attachments)),
        Value::Object(entries) if entries.get(Bytes::PLACEHOLDER) == Some(&Value::Bool(true)) => {
            let number = entries.get("num").and_then(Value::as_u64);
            let attachment = number
                .and_then(|number| attachments.get(usize::try_from(number).ok()?))
                .ok_or(Mismatch)?;
            *value =
                serde_json::to_value(Bytes::from(attachment.as_ref())).map_err(|_| Mismatch)?;
            Ok(())
        }
        Value::Object(entries) => entries
            .values_mut()
            .try_for_each(|value| put_in(value, attachments)),
        _ => Ok(()),
    }
}

/// JSON on its way to a socket: bytes in it become attachments, unless they are too many; all else is sent as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a>(pub(crate) &'a RawValue);

impl Serialize for Outgoing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let marks = self.0.get().matches(MARK).take(MOST_ATTACHMENTS + 1);
        match marks.count() {
            1..=MOST_ATTACHMENTS => Detached(self.0).serialize(serializer),
            _ => self.0.serialize(serializer),
        }
    }
}

/// JSON whose bytes become attachments.
struct Detached<'a>(&'a RawValue);

impl Serialize for Detached<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.get();
        if !text.contains(MARK) {
            return self.0.serialize(serializer);
        }
        if text.starts_with(MARK)
            && let Ok(bytes) = serde_json::from_str::<Bytes>(text)
        {
            return serializer.serialize_bytes(&bytes);
        }
        match serde_json::from_str(text).map_err(S::Error::custom)? {
            Part::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Detached(item))?;
                }
                list.end()
            }
            Part::Object(entries) => {
                let mut object = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    object.serialize_entry(&key, &Detached(value))?;
                }
                object.end()
            }
        }
    }
}

/// What an emitter sends: one argument, whatever its type, with its bytes as attachments.
///
/// socketioxide itself would make several arguments of a tuple.
#[derive(Debug, Clone, Copy)]
pub struct Payload<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> Serialize for Payload<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let encoded = to_raw_value(self.0).map_err(S::Error::custom)?;
        Outgoing(&encoded).serialize(serializer)
    }
}

/// What has bytes in it, one step of it read.
enum Part<'a> {
    List(Vec<&'a RawValue>),
    Object(Vec<(Cow<'a, str>, &'a RawValue)>),
}

impl<'de> Deserialize<'de> for Part<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Part<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Part::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Part<'de>, A::Error> {
        let mut entries: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Part::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use socketioxide_core::parser::Parse;
    use socketioxide_core::{Str, Value as Packet};
    use socketioxide_parser_common::CommonParser;

    use super::*;

    fn sent(value: &impl Serialize) -> (Str, Vec<Vec<u8>>) {
        let raw = to_raw_value(value).unwrap();
        match CommonParser
            .encode_value(&Outgoing(&raw), Some("event"))
            .unwrap()
        {
            Packet::Str(text, attachments) => {
                let attachments = attachments.unwrap_or_default();
                (text, attachments.iter().map(|one| one.to_vec()).collect())
            }
            Packet::Bytes(_) => panic!("text is expected"),
        }
    }

    #[test]
    fn bytes_leave_as_attachments_in_their_order() {
        let rows = json!([
            { "id": 1, "photo": Bytes::from(vec![1, 2]), "more": [Bytes::default(), null] },
            { "id": 18_446_744_073_709_551_615_u64, "photo": null, "text": r#"{"_placeholder":true,"base64":"AA=="}"# },
        ]);
        let (text, attachments) = sent(&json!({ "put": rows }));
        let expected = r#"["event",{"put":[{"id":1,"photo":{"_placeholder":true,"num":0},"more":[{"_placeholder":true,"num":1},null]},{"id":18446744073709551615,"photo":null,"text":"{\"_placeholder\":true,\"base64\":\"AA==\"}"}]}]"#;
        assert_eq!(text.as_str(), expected);
        assert_eq!(attachments, [vec![1, 2], vec![]]);
    }

    #[test]
    fn more_bytes_than_clients_take_stay_in_the_text() {
        let list = |count: u8| -> Vec<Bytes> { (0..count).map(|one| vec![one].into()).collect() };
        assert_eq!(sent(&list(10)).1.len(), 10);
        let (text, attachments) = sent(&list(11));
        assert!(attachments.is_empty());
        assert_eq!(text.as_str(), format!(r#"["event",{}]"#, json!(list(11))));
    }

    #[test]
    fn what_has_no_bytes_leaves_as_it_is() {
        let value = json!({ "a": [1.5, "_placeholder"], "_placeholder": false });
        let (text, attachments) = sent(&value);
        assert_eq!(text.as_str(), format!(r#"["event",{value}]"#));
        assert!(attachments.is_empty());
    }

    #[test]
    fn a_payload_is_one_argument() {
        let (text, attachments) = {
            let raw =
                CommonParser.encode_value(&Payload(&(1, Bytes::from(vec![9]))), Some("event"));
            match raw.unwrap() {
                Packet::Str(text, attachments) => (text, attachments.unwrap_or_default()),
                Packet::Bytes(_) => panic!("text is expected"),
            }
        };
        assert_eq!(
            text.as_str(),
            r#"["event",[1,{"_placeholder":true,"num":0}]]"#
        );
        assert_eq!(attachments.len(), 1);
    }

    #[test]
    fn attachments_take_the_place_of_their_placeholders() {
        let attachments = VecDeque::from([vec![1], vec![2, 3]]);
        let mut value = json!({ "a": [{ "_placeholder": true, "num": 1 }], "b": { "_placeholder": true, "num": 0 } });
        assert_eq!(put_in(&mut value, &attachments), Ok(()));
        assert_eq!(
            value,
            json!({ "a": [Bytes::from(vec![2, 3])], "b": Bytes::from(vec![1]) })
        );
    }

    #[test]
    fn placeholders_of_nothing_are_not_let_in() {
        let attachments = VecDeque::from([vec![1]]);
        for mut value in [
            json!({ "_placeholder": true, "num": 1 }),
            json!([{ "_placeholder": true, "num": -1 }]),
            json!({ "deep": { "_placeholder": true, "base64": "AA==" } }),
            json!({ "_placeholder": true }),
        ] {
            assert_eq!(put_in(&mut value, &attachments), Err(Mismatch), "{value}");
        }
    }
}
