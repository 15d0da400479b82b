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
mod tests;
