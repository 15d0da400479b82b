//! Keys of objects, which are text in JSON whatever a map's keys are in Rust.

use std::any::type_name;

use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};

use super::error::ReadError;
use crate::contract::TextFormat;
use crate::field_code::FieldCode;
use crate::known_integer::KnownInteger;
use crate::rule::WholeLimits;

/// A key of an object: always text in JSON, whatever the type of a map's keys.
pub(super) struct Key<'k>(&'k str);

impl<'k> Key<'k> {
    pub(super) fn new(key: &'k str) -> Self {
        Self(key)
    }
}

impl<'de> IntoDeserializer<'de, ReadError> for Key<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Keys that are integers are read as such, in the one form that they are written in.
macro_rules! read_keys {
    ($($method:ident $visit:ident $integer:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            let read = match self.0.parse::<$integer>() {
                Ok(number) if number.to_string() == self.0 => visitor.$visit(number),
                // A type of the application's may take other texts.
                _ => visitor.visit_str(self.0),
            };
            read.map_err(|error: ReadError| match error.code() {
                FieldCode::NotZero => error,
                _ => {
                    let known = KnownInteger::of::<V::Value>().map(|known| known.limits);
                    let own = || WholeLimits::between(<$integer>::MIN, <$integer>::MAX);
                    FieldCode::integer(known.unwrap_or_else(own)).into()
                }
            })
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let Some(format) = format_of::<V>() else {
            return visitor.visit_str(self.0);
        };
        let text = match format.rule() {
            Some(rule) => rule(self.0),
            None => Some(self.0.into()),
        };
        let read: Option<V::Value> = text.and_then(|text| {
            let read: Result<V::Value, ReadError> = visitor.visit_str(&text);
            read.ok()
        });
        read.ok_or_else(|| FieldCode::Format { format }.into())
    }

    /// What owns its text is no format: those of libraries are read from a borrowed one.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_str(self.0)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_str(self.0)
    }

    read_keys! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => visitor.visit_str(other).map_err(|_: ReadError| {
                let options = ["true", "false"].map(str::to_owned).into();
                FieldCode::Choice { options }.into()
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let variant: StrDeserializer<'_, ReadError> = self.0.into_deserializer();
        variant.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        f32 f64 char str bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        ignored_any
    }
}

/// How the visitors of libraries that read a text in a format are called. A key has nothing else to tell it by: what clients
/// know of a map is the type of its values. What a type of the application's reads is its own affair.
const VISITORS: [(&str, TextFormat); 10] = [
    ("chrono::naive::date::serde::", TextFormat::Date),
    ("chrono::naive::time::serde::", TextFormat::Time),
    (
        "chrono::naive::datetime::serde::",
        TextFormat::LocalDateTime,
    ),
    ("chrono::datetime::serde::", TextFormat::DateTime),
    ("uuid::external::serde_support::", TextFormat::Uuid),
    ("rust_decimal::serde::", TextFormat::Decimal),
    ("<url::Url as ", TextFormat::Uri),
    ("FromStrVisitor<core::net::ip_addr::IpAddr>", TextFormat::Ip),
    (
        "FromStrVisitor<core::net::ip_addr::Ipv4Addr>",
        TextFormat::Ipv4,
    ),
    (
        "FromStrVisitor<core::net::ip_addr::Ipv6Addr>",
        TextFormat::Ipv6,
    ),
];

fn format_of<V>() -> Option<TextFormat> {
    // What notes the path to the key stands around the visitor.
    let name = type_name::<V>();
    let visitor = name
        .split_once("CaptureKey<'_, ")
        .map_or(name, |(_, visitor)| visitor);
    let visitor = visitor
        .strip_prefix("serde_core::de::impls::")
        .unwrap_or(visitor);
    let mut known = VISITORS.iter();
    let found = known.find(|(start, _)| visitor.starts_with(start));
    found.map(|(_, format)| *format)
}
