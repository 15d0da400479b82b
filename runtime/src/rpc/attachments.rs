//! Bytes beside the text of packets: Socket.IO's binary attachments.
//!
//! Within the server they are part of the JSON, as [`rowcast_schema::Bytes`] encode them, so that rows can be encoded
//! once, cached and combined. At the socket they are extracted from it, and inserted into it.

use std::collections::VecDeque;
use std::ops::Range;

use rowcast_schema::Bytes;
use rowcast_schema::input::Json;
use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::store::to_json;

/// The beginning of encoded bytes. Quotation marks in texts are escaped, so that only an object of the same keys looks
/// like it, and [`put_in`] accepts no such object from a client.
const ENCODED_BYTES: &str = r#"{"_placeholder":true,"base64":""#;

/// Clients in JavaScript end the connection when a packet has more (`maxAttachments` of socket.io-parser, since 4.2.6),
/// and each is a message of its own; bytes beyond that number stay in the text, as base64.
const MAX_ATTACHMENTS: usize = 10;

/// Why attachments can't be inserted into the argument of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// A placeholder has no attachment. Clients that are sent such an object disconnect, so it is rejected.
    Missing,
    /// Two placeholders have the same attachment: the memory for that would not be bounded by what was sent.
    Repeated,
    /// An attachment is longer, as base64, than a text may be.
    TooLarge,
}

/// Replaces the placeholders by the attachments of a packet; `None` if there are no placeholders.
///
/// At any depth, the text is scanned once to find them, and copied once.
pub(crate) fn put_in<B: AsRef<[u8]>>(
    json: &RawValue,
    attachments: &VecDeque<B>,
    max_text: usize,
) -> Result<Option<Box<RawValue>>, Mismatch> {
    let text = json.get();
    let ranges = placeholders(text);
    if ranges.is_empty() {
        return Ok(None);
    }
    let mut substitution = Substitution {
        attachments,
        max_text,
        used: vec![false; attachments.len()],
    };
    let bytes: usize = attachments.iter().map(|one| one.as_ref().len()).sum();
    let mut whole = String::with_capacity(text.len() + bytes / 3 * 4 + 64 * ranges.len());
    let mut copied = 0;
    for range in ranges {
        whole.push_str(text.get(copied..range.start).unwrap_or_default());
        whole.push_str(&substitution.take(text.get(range.clone()).unwrap_or_default())?);
        copied = range.end;
    }
    whole.push_str(text.get(copied..).unwrap_or_default());
    // A placeholder is replaced by an object, so that this is still JSON.
    let whole = RawValue::from_string(whole).map_err(|_| Mismatch::Missing)?;
    Ok(Some(whole))
}

/// A list or an object that has begun and not ended.
struct Open {
    start: usize,
    is_placeholder: bool,
}

/// The ranges of the placeholders in some JSON, in their order: objects whose last `_placeholder` is true; of nested
/// ones, the outermost.
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
                    && is_placeholder_key(text.get(start..at).unwrap_or_default())
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

/// The end of a text that begins before `at`.
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
fn is_placeholder_key(key: &str) -> bool {
    match key.contains('\\') {
        true => serde_json::from_str::<String>(key).is_ok_and(|key| key == Bytes::PLACEHOLDER),
        false => key.get(1..key.len() - 1) == Some(Bytes::PLACEHOLDER),
    }
}

/// Attachments, and which of them replaced a placeholder.
struct Substitution<'a, B> {
    attachments: &'a VecDeque<B>,
    max_text: usize,
    used: Vec<bool>,
}

impl<B: AsRef<[u8]>> Substitution<'_, B> {
    /// The attachment of a placeholder, as JSON; each may be used once.
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

/// The number of attachments that some JSON is sent with.
pub(crate) fn count(json: &RawValue) -> usize {
    let count = json
        .get()
        .matches(ENCODED_BYTES)
        .take(MAX_ATTACHMENTS + 1)
        .count();
    match count {
        ..=MAX_ATTACHMENTS => count,
        _ => 0,
    }
}

/// JSON that is sent to a socket: bytes in it become attachments, unless they are too many; the rest is sent unchanged.
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
        if !text.contains(ENCODED_BYTES) {
            return self.0.serialize(serializer);
        }
        if text.starts_with(ENCODED_BYTES)
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

/// The payload of an emitter: one argument, whatever its type, with its bytes as attachments.
///
/// socketioxide itself would split a tuple into several arguments.
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
