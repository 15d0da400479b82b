//! Keys of objects, which are text in JSON whatever a map's keys are in Rust.

use std::any::type_name;

use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};

use super::error::ReadError;
use crate::contract::TextFormat;
use crate::field_error::FieldCode;
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
            let known = KnownInteger::of::<V::Value>();
            let limits = known.map_or_else(
                || WholeLimits::between(<$integer>::MIN, <$integer>::MAX),
                |known| known.limits,
            );
            match self.0.parse::<$integer>() {
                Ok(number) if number.to_string() == self.0 && limits.contain(number.into()) => {
                    visitor.$visit(number)
                }
                _ => Err(FieldCode::integer(limits).into()),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let Some(format) = format_of::<V::Value>() else {
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
            _ => {
                let options = ["true", "false"].map(str::to_owned).into();
                Err(FieldCode::Choice { options }.into())
            }
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
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        ignored_any
    }
}

/// The format of texts that a type is read from. Of a key that is all there is to tell it by: what clients know of a map is
/// the type of its values.
fn format_of<T>() -> Option<TextFormat> {
    Some(match type_name::<T>() {
        "chrono::naive::date::NaiveDate" => TextFormat::Date,
        "chrono::naive::time::NaiveTime" => TextFormat::Time,
        "chrono::naive::datetime::NaiveDateTime" => TextFormat::LocalDateTime,
        "uuid::Uuid" => TextFormat::Uuid,
        "rust_decimal::decimal::Decimal" => TextFormat::Decimal,
        "url::Url" => TextFormat::Uri,
        "core::net::ip_addr::IpAddr" => TextFormat::Ip,
        "core::net::ip_addr::Ipv4Addr" => TextFormat::Ipv4,
        "core::net::ip_addr::Ipv6Addr" => TextFormat::Ipv6,
        moment if moment.starts_with("chrono::datetime::DateTime<") => TextFormat::DateTime,
        _ => return None,
    })
}
