//! Bytes beside the text of packets: Socket.IO's binary attachments.
//!
//! Within the server they stand in the JSON itself, as [`rowcast_schema::Bytes`] write them, so that rows can be encoded
//! once, kept and put together. At the socket they are taken out of it, and put into it.

use std::collections::VecDeque;
use std::ops::Range;

use rowcast_schema::Bytes;
use rowcast_schema::input::Json;
use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::store::to_json;

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
///
/// However deep they stand, the text is gone through once to find them, and copied once.
pub(crate) fn put_in<B: AsRef<[u8]>>(
    json: &RawValue,
    attachments: &VecDeque<B>,
    max_text: usize,
) -> Result<Option<Box<RawValue>>, Mismatch> {
    let text = json.get();
    let places = placeholders(text);
    if places.is_empty() {
        return Ok(None);
    }
    let mut filling = Filling {
        attachments,
        max_text,
        used: vec![false; attachments.len()],
    };
    let bytes: usize = attachments.iter().map(|one| one.as_ref().len()).sum();
    let mut whole = String::with_capacity(text.len() + bytes / 3 * 4 + 64 * places.len());
    let mut copied = 0;
    for place in places {
        whole.push_str(text.get(copied..place.start).unwrap_or_default());
        whole.push_str(&filling.take(text.get(place.clone()).unwrap_or_default())?);
        copied = place.end;
    }
    whole.push_str(text.get(copied..).unwrap_or_default());
    // What takes the place of an object is one, so that this is JSON still.
    let whole = RawValue::from_string(whole).map_err(|_| Mismatch::Missing)?;
    Ok(Some(whole))
}

/// A list or an object that has begun and not ended.
struct Open {
    start: usize,
    is_placeholder: bool,
}

/// Where the placeholders stand in some JSON, in their order: objects whose last `_placeholder` is true; of some within one
/// another, the outermost.
fn placeholders(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    // A key may be written with escapes.
    if !text.contains(Bytes::PLACEHOLDER) && !text.contains("\\u") {
        return found;
    }
    let bytes = text.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' | b'[' => open.push(Open {
                start,
                is_placeholder: false,
            }),
            b'}' | b']' => {
                if let Some(ended) = open.pop().filter(|ended| ended.is_placeholder) {
                    while found.pop_if(|inner| inner.start > ended.start).is_some() {}
                    found.push(ended.start..at);
                }
            }
            b'"' => {
                at = end_of_text(bytes, at);
                let value = skip_space(bytes, at);
                if bytes.get(value) == Some(&b':')
                    && let Some(object) = open.last_mut()
                    && is_mark(text.get(start..at).unwrap_or_default())
                {
                    at = skip_space(bytes, value + 1);
                    object.is_placeholder = bytes.get(at) == Some(&b't');
                }
            }
            _ => {}
        }
    }
    found
}

/// Where a text ends that begins before `at`.
fn end_of_text(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.iter().skip(at);
    at + rest.take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Whether a key, with its quotation marks, is that of placeholders.
fn is_mark(key: &str) -> bool {
    match key.contains('\\') {
        true => serde_json::from_str::<String>(key).is_ok_and(|key| key == Bytes::PLACEHOLDER),
        false => key.get(1..key.len() - 1) == Some(Bytes::PLACEHOLDER),
    }
}

/// Attachments on their way to their placeholders.
struct Filling<'a, B> {
    attachments: &'a VecDeque<B>,
    max_text: usize,
    used: Vec<bool>,
}

impl<B: AsRef<[u8]>> Filling<'_, B> {
    /// The attachment that a placeholder names, once, as JSON.
    fn take(&mut self, placeholder: &str) -> Result<String, Mismatch> {
        let number = number_in(placeholder).ok_or(Mismatch::Missing)?;
        let attachment = self.attachments.get(number).ok_or(Mismatch::Missing)?;
        match self.used.get_mut(number) {
            Some(used) if !*used => *used = true,
            _ => return Err(Mismatch::Repeated),
        }
        let bytes = attachment.as_ref();
        if bytes.len().div_ceil(3).saturating_mul(4) > self.max_text {
            return Err(Mismatch::TooLarge);
        }
        serde_json::to_string(&Bytes::from(bytes)).map_err(|_| Mismatch::Missing)
    }
}

fn number_in(placeholder: &str) -> Option<usize> {
    let placeholder: &RawValue = serde_json::from_str(placeholder).ok()?;
    let Json::Object(entries) = Json::of(placeholder) else {
        return None;
    };
    serde_json::from_str(entries.find("num")?.get()).ok()
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
        let encoded = to_json(self.0).map_err(S::Error::custom)?;
        Outgoing(&encoded).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;
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

    /// The same, by what a parser makes of it.
    fn filled_tree(value: &Value, attachments: &[&[u8]], used: &mut [bool]) -> Option<Value> {
        Some(match value {
            Value::Object(entries) if entries.get("_placeholder") == Some(&Value::Bool(true)) => {
                let number = usize::try_from(entries.get("num")?.as_u64()?).ok()?;
                let attachment = attachments.get(number)?;
                if std::mem::replace(used.get_mut(number)?, true) {
                    return None;
                }
                json!(Bytes::from(*attachment))
            }
            Value::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| {
                    Some((key.clone(), filled_tree(value, attachments, used)?))
                });
                Value::Object(entries.collect::<Option<_>>()?)
            }
            Value::Array(items) => {
                let items = items
                    .iter()
                    .map(|item| filled_tree(item, attachments, used));
                Value::Array(items.collect::<Option<_>>()?)
            }
            other => other.clone(),
        })
    }

    #[test]
    fn placeholders_are_found_where_a_parser_finds_them() {
        const PARTS: [&str; 24] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            " ",
            "\n",
            "true",
            "false",
            "null",
            "0",
            "1",
            "-2.5e3",
            r#""_placeholder":true"#,
            r#""num":0"#,
            r#""num" : 1"#,
            r#""_placeholder" : false"#,
            r#""\u005fplaceholder":true"#,
            r#""_placeholder""#,
            r#""a\"b""#,
            r#""\\":"#,
            r#""a":"#,
            r#"{"_placeholder":true,"num":0}"#,
        ];
        let mut seed = 7_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 33).unwrap() % below
        };
        let (attachments, mut compared) = ([&[1_u8][..], &[2, 3]], 0);
        for _ in 0..400_000 {
            let text: String = (0..1 + random(9))
                .map(|_| PARTS[random(PARTS.len())])
                .collect();
            for text in [format!("[{text}]"), format!("{{{text}}}")] {
                let Ok(json) = RawValue::from_string(text.clone()) else {
                    continue;
                };
                let Ok(tree) = serde_json::from_str::<Value>(&text) else {
                    continue;
                };
                // Of a key that occurs twice the parser forgets what came first.
                if tree.to_string().matches('{').count() < text.matches('{').count() {
                    continue;
                }
                let filled = put_in(&json, &attachments.into(), 100).ok();
                let filled = filled.map(|whole| {
                    serde_json::from_str(whole.as_ref().unwrap_or(&json).get()).unwrap()
                });
                assert_eq!(
                    filled,
                    filled_tree(&tree, &attachments, &mut [false; 2]),
                    "{text}"
                );
                compared += 1;
            }
        }
        assert!(compared > 10_000, "{compared}");
    }
}
