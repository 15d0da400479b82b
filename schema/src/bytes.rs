//! Bytes that travel as bytes.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use garde::rules::length::bytes::HasBytes;
use garde::rules::length::simple::HasSimpleLength;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// The key of the bytes in the JSON that [`Bytes`] have.
const BASE64: &str = "base64";

/// Bytes that travel beside the text of a packet, as Socket.IO's binary attachments.
///
/// In TypeScript the field is a `Uint8Array`; a plain socket gets and sends what its platform has for bytes (`Buffer`,
/// `ArrayBuffer`). In SQLite the column is a BLOB. A `Vec<u8>` instead travels as a list of numbers.
///
/// Where there is JSON only (in logs, in files) they are `{ "_placeholder": true, "base64": "…" }`.
///
/// ```
/// use rowcast_schema::prelude::*;
///
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
/// pub struct Picture {
///     #[resource(id)]
///     pub id: i64,
///     #[garde(length(min = 1, max = 100_000))]
///     pub content: Bytes,
/// }
///
/// assert_eq!(Bytes::from(vec![1, 2]).len(), 2);
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// The key by which Socket.IO knows an object that stands for bytes beside the text of a packet.
    pub const PLACEHOLDER: &str = "_placeholder";

    /// The bytes themselves.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }

    /// Reads what [`Bytes`] are in JSON; nothing if the text is no base64.
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().map(Self)
    }

    /// The bytes as base64.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.0.len())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(bytes: Bytes) -> Self {
        bytes.0
    }
}

impl Deref for Bytes {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl HasSimpleLength for Bytes {
    fn length(&self) -> usize {
        self.0.len()
    }
}

impl HasBytes for Bytes {
    fn num_bytes(&self) -> usize {
        self.0.len()
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.0);
        }
        let mut marked = serializer.serialize_struct("Bytes", 2)?;
        marked.serialize_field(Self::PLACEHOLDER, &true)?;
        marked.serialize_field(BASE64, &self.to_base64())?;
        marked.end()
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(BytesVisitor)
        } else {
            deserializer.deserialize_byte_buf(BytesVisitor)
        }
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes(bytes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bytes, A::Error> {
        let mut text: Option<Cow<'_, str>> = None;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == BASE64 {
                text = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        text.and_then(|text| Bytes::from_base64(&text))
            .ok_or_else(|| A::Error::invalid_type(Unexpected::Map, &self))
    }
}

impl JsonSchema for Bytes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "bytes" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_value};

    use super::*;

    #[test]
    fn they_come_back_from_json() {
        for bytes in [vec![], vec![0], vec![0, 255, 128, 7]] {
            let bytes = Bytes::from(bytes);
            let json = to_value(&bytes).unwrap();
            assert_eq!(json["_placeholder"], Value::Bool(true));
            assert_eq!(from_value::<Bytes>(json).unwrap(), bytes);
        }
    }

    #[test]
    fn nothing_else_is_taken_for_bytes() {
        for value in [
            json!("AA=="),
            json!([1, 2]),
            json!({}),
            json!({ "_placeholder": true, "num": 0 }),
            json!({ "_placeholder": true, "base64": "?" }),
            json!(null),
        ] {
            assert!(from_value::<Bytes>(value.clone()).is_err(), "{value}");
        }
    }
}
