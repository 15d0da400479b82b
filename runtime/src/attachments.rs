//! Bytes beside the text of packets: Socket.IO's binary attachments.
//!
//! Within the server they stand in the JSON itself, as [`rowcast_schema::Bytes`] write them, so that rows can be encoded
//! once, kept and put together. At the socket they are taken out of it, and put into it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;

use rowcast_schema::Bytes;
use rowcast_schema::input::{Entries, Json};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// How bytes begin. Quotation marks in texts are escaped, so that nothing else looks like it but an object of the same
/// keys, and [`put_in`] lets no client send one.
const MARK: &str = r#"{"_placeholder":true,"base64":""#;

/// Clients in JavaScript end the connection when a packet has more (`maxAttachments` of socket.io-parser, since 4.2.6), and
/// each is a message of its own; more bytes than these stay in the text, as base64.
const MOST_ATTACHMENTS: usize = 10;

/// Why attachments can't be put into the argument of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// A placeholder stands for none. Clients that are sent such an object disconnect, so it is not let in.
    Missing,
    /// Two placeholders stand for the same: the memory that this takes would not be bounded by what was sent.
    Repeated,
    /// An attachment is longer, as base64, than a text may be.
    TooLarge,
}

/// Puts the attachments of a packet where placeholders stand for them; nothing if there are no placeholders.
pub(crate) fn put_in<B: AsRef<[u8]>>(
    json: &RawValue,
    attachments: &VecDeque<B>,
    max_text: usize,
) -> Result<Option<Box<RawValue>>, Mismatch> {
    if !may_have_placeholder(json) {
        return Ok(None);
    }
    let filling = Filling {
        attachments,
        max_text,
        used: RefCell::new(vec![false; attachments.len()]),
        mismatch: Cell::new(None),
    };
    let part = Incoming {
        json,
        filling: &filling,
    };
    // Nothing else can fail about text that is JSON.
    let whole = to_raw_value(&part).map_err(|_| Mismatch::Missing);
    match filling.mismatch.get() {
        Some(mismatch) => Err(mismatch),
        None => whole.map(Some),
    }
}

/// Whether an object in some JSON has the key of a placeholder. Goes through the text once at most.
fn may_have_placeholder(json: &RawValue) -> bool {
    let text = json.get();
    // A key may be written with escapes.
    if !text.contains(Bytes::PLACEHOLDER) && !text.contains("\\u") {
        return false;
    }
    let found = Cell::new(false);
    let read = Find(&found).deserialize(&mut serde_json::Deserializer::from_str(text));
    found.get() || read.is_err()
}

/// Looks for the key of a placeholder.
#[derive(Clone, Copy)]
struct Find<'f>(&'f Cell<bool>);

impl<'de> DeserializeSeed<'de> for Find<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Find<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<Cow<'_, str>>()? {
            if key == Bytes::PLACEHOLDER {
                self.0.set(true);
            }
            entries.next_value_seed(self)?;
        }
        Ok(())
    }
}

/// Attachments on their way to their placeholders.
struct Filling<'a, B> {
    attachments: &'a VecDeque<B>,
    max_text: usize,
    used: RefCell<Vec<bool>>,
    mismatch: Cell<Option<Mismatch>>,
}

impl<B: AsRef<[u8]>> Filling<'_, B> {
    /// The attachment with a number, once.
    fn take(&self, number: Option<&RawValue>) -> Result<Bytes, Mismatch> {
        let number = number.and_then(|number| serde_json::from_str::<usize>(number.get()).ok());
        let number = number.ok_or(Mismatch::Missing)?;
        let attachment = self.attachments.get(number).ok_or(Mismatch::Missing)?;
        let mut used = self.used.borrow_mut();
        match used.get_mut(number) {
            Some(used) if !*used => *used = true,
            _ => return Err(Mismatch::Repeated),
        }
        let bytes = attachment.as_ref();
        match bytes.len().div_ceil(3).saturating_mul(4) > self.max_text {
            true => Err(Mismatch::TooLarge),
            false => Ok(Bytes::from(bytes)),
        }
    }
}

/// JSON that came with attachments, some of which stand in this part.
struct Incoming<'a, B> {
    json: &'a RawValue,
    filling: &'a Filling<'a, B>,
}

impl<'a, B: AsRef<[u8]>> Incoming<'a, B> {
    fn of(&self, json: &'a RawValue) -> Self {
        Self {
            json,
            filling: self.filling,
        }
    }
}

impl<B: AsRef<[u8]>> Serialize for Incoming<'_, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Json::of(self.json) {
            Json::List(items) => serializer.collect_seq(items.map(|item| self.of(item))),
            Json::Object(entries) if is_placeholder(entries.clone()) => {
                match self.filling.take(entries.find("num")) {
                    Ok(bytes) => bytes.serialize(serializer),
                    Err(mismatch) => {
                        self.filling.mismatch.set(Some(mismatch));
                        Err(S::Error::custom("attachments do not match"))
                    }
                }
            }
            Json::Object(entries) => {
                // A key that names no character is none that a field has.
                let named = entries.filter_map(|(key, value)| Some((key?, self.of(value))));
                serializer.collect_map(named)
            }
            _ => self.json.serialize(serializer),
        }
    }
}

fn is_placeholder(entries: Entries<'_>) -> bool {
    let mark = entries.find(Bytes::PLACEHOLDER);
    mark.is_some_and(|mark| matches!(Json::of(mark), Json::Bool(true)))
}

/// How many attachments some JSON is sent with.
pub(crate) fn count(json: &RawValue) -> usize {
    let marks = json.get().matches(MARK).take(MOST_ATTACHMENTS + 1).count();
    match marks {
        ..=MOST_ATTACHMENTS => marks,
        _ => 0,
    }
}

/// JSON on its way to a socket: bytes in it become attachments, unless they are too many; all else is sent as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a>(pub(crate) &'a RawValue);

impl Serialize for Outgoing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match count(self.0) {
            0 => self.0.serialize(serializer),
            _ => Detached(self.0).serialize(serializer),
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
        match Json::of(self.0) {
            Json::List(items) => serializer.collect_seq(items.map(Detached)),
            Json::Object(entries) => {
                let named = entries.filter_map(|(key, value)| Some((key?, Detached(value))));
                serializer.collect_map(named)
            }
            _ => self.0.serialize(serializer),
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
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

    fn filled(value: &Value, attachments: &[&[u8]]) -> Result<Value, Mismatch> {
        let json = to_raw_value(value).unwrap();
        let filled = put_in(&json, &attachments.iter().copied().collect(), 100)?;
        Ok(serde_json::from_str(filled.as_ref().unwrap_or(&json).get()).unwrap())
    }

    #[test]
    fn attachments_take_the_place_of_their_placeholders() {
        let value = json!({ "a": [{ "_placeholder": true, "num": 1 }, 1.50], "b": { "_placeholder": true, "num": 0 } });
        assert_eq!(
            filled(&value, &[&[1], &[2, 3]]),
            Ok(json!({ "a": [Bytes::from(vec![2, 3]), 1.50], "b": Bytes::from(vec![1]) }))
        );
        let none = json!({ "_placeholder": false, "a": "_placeholder" });
        assert_eq!(filled(&none, &[]), Ok(none));
    }

    #[test]
    fn placeholders_of_nothing_are_not_let_in() {
        for value in [
            json!({ "_placeholder": true, "num": 1 }),
            json!([{ "_placeholder": true, "num": -1 }]),
            json!({ "deep": { "_placeholder": true, "base64": "AA==" } }),
            json!({ "_placeholder": true }),
        ] {
            assert_eq!(filled(&value, &[&[1]]), Err(Mismatch::Missing), "{value}");
        }
        let escaped = RawValue::from_string(r#"{"\u005fplaceholder":true,"num":7}"#.to_owned());
        let attachments = VecDeque::from([vec![1]]);
        assert_eq!(
            put_in(&escaped.unwrap(), &attachments, 100).unwrap_err(),
            Mismatch::Missing
        );
    }

    #[test]
    fn an_attachment_is_used_once_and_is_no_longer_than_a_text() {
        let placeholder = json!({ "_placeholder": true, "num": 0 });
        let twice = json!([placeholder, placeholder]);
        assert_eq!(filled(&twice, &[&[1]]), Err(Mismatch::Repeated));
        assert!(filled(&placeholder, &[&[1; 75]]).is_ok());
        assert_eq!(filled(&placeholder, &[&[1; 76]]), Err(Mismatch::TooLarge));
    }
}
