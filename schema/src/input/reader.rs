//! A serde deserializer over a JSON value whose errors are meant for people.
//!
//! serde_json's own errors speak of Rust types (`invalid type: string "x", expected u8`). This reader says what
//! the field must be instead, and reads leniently where that is wanted.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, VariantAccess, Visitor,
};
use serde_json::{Number, Value};

use super::Reading;
use super::key::Key;
use crate::rule::NO_WHOLE_NUMBER;

/// Why a value could not be read, in words for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    message: String,
    missing: Option<&'static str>,
}

impl ReadError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            missing: None,
        }
    }

    /// The text.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The key that an object lacks, when that is the error.
    pub(super) fn missing(&self) -> Option<&'static str> {
        self.missing
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        // The texts of parsers (dates, ids, a user's own types) speak of their insides.
        Self::new("is not valid")
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(must_be(&expected.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(must_be(&expected.to_string()))
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::new(must_be(&expected.to_string()))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of: {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            message: super::messages::REQUIRED.into(),
            missing: Some(field),
        }
    }
}

/// What a visitor expects, in words for people. Visitors name themselves by Rust types.
fn must_be(expected: &str) -> String {
    let whole = |min: &dyn fmt::Display, max: &dyn fmt::Display| {
        format!("must be a whole number from {min} to {max}")
    };
    match expected {
        "u8" => whole(&u8::MIN, &u8::MAX),
        "u16" => whole(&u16::MIN, &u16::MAX),
        "u32" => whole(&u32::MIN, &u32::MAX),
        "i8" => whole(&i8::MIN, &i8::MAX),
        "i16" => whole(&i16::MIN, &i16::MAX),
        "i32" => whole(&i32::MIN, &i32::MAX),
        "i64" | "u64" | "isize" | "usize" | "i128" | "u128" | "digits of a whole number" => {
            NO_WHOLE_NUMBER.into()
        }
        "f32" | "f64" => "must be a number".into(),
        "a string" | "str" | "a borrowed string" => "must be text".into(),
        "a character" => "must be one character".into(),
        "a boolean" => "must be true or false".into(),
        "a sequence" => "must be a list".into(),
        "bytes" => "must be binary data".into(),
        "a map" => "must be an object".into(),
        other if other.starts_with("struct ") => "must be an object".into(),
        other
            if other.starts_with("a tuple")
                || other.starts_with("an array")
                || other.ends_with("in sequence") =>
        {
            "must be a list of the right length".into()
        }
        _ => "is not valid".into(),
    }
}

/// Deserializes from a JSON value.
#[derive(Debug, Clone)]
pub struct Reader {
    value: Value,
    reading: Reading,
}

impl Reader {
    /// Reads `value`.
    pub fn new(value: Value, reading: Reading) -> Self {
        Self { value, reading }
    }

    /// A number sent as text, where the text is a JSON number.
    fn with_number(self) -> Self {
        if self.reading == Reading::Lenient
            && let Value::String(text) = &self.value
            && let Ok(number) = serde_json::from_str::<Number>(text.trim())
        {
            return Self {
                value: Value::Number(number),
                ..self
            };
        }
        self
    }

    /// Text sent as a number.
    fn with_text(self) -> Self {
        if self.reading == Reading::Lenient
            && let Value::Number(number) = &self.value
        {
            return Self {
                value: Value::String(number.to_string()),
                ..self
            };
        }
        self
    }
}

pub(super) fn visit_number<'de, V: Visitor<'de>>(
    number: &Number,
    visitor: V,
) -> Result<V::Value, ReadError> {
    if let Some(value) = number.as_u64() {
        visitor.visit_u64(value)
    } else if let Some(value) = number.as_i64() {
        visitor.visit_i64(value)
    } else if let Some(value) = number.as_f64() {
        visitor.visit_f64(value)
    } else {
        Err(ReadError::new("is not a number that can be kept"))
    }
}

impl<'de> IntoDeserializer<'de, ReadError> for Reader {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! read_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.with_number().deserialize_any(visitor)
        }
    )*};
}

macro_rules! read_texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.with_text().deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let reading = self.reading;
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => visit_number(&number, visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => {
                let mut items =
                    SeqDeserializer::new(items.into_iter().map(|item| Reader::new(item, reading)));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(entries) => visitor.visit_map(MapDeserializer::new(
                entries
                    .into_iter()
                    .map(|(key, value)| (Key::new(key), Reader::new(value, reading))),
            )),
        }
    }

    read_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f64
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let reader = self.with_number();
        // What `as f32` makes infinite would come back as null.
        let wide = reader.value.as_f64().unwrap_or_default();
        if wide.is_finite() && (wide as f32).is_infinite() {
            return Err(ReadError::new(must_be("f32")));
        }
        reader.deserialize_any(visitor)
    }

    read_texts! { deserialize_str deserialize_string deserialize_char }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
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
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let reading = self.reading;
        match self.value {
            Value::String(variant) => visitor.visit_enum(Variant {
                variant,
                value: None,
                reading,
            }),
            Value::Object(entries) if entries.len() == 1 => match entries.into_iter().next() {
                Some((variant, value)) => visitor.visit_enum(Variant {
                    variant,
                    value: Some(value),
                    reading,
                }),
                None => Err(ReadError::new("is not valid")),
            },
            _ => Err(de::Error::unknown_variant("", variants)),
        }
    }

    serde::forward_to_deserialize_any! {
        bool bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// One variant of an enum, `"Name"` or `{ "Name": value }`.
struct Variant {
    variant: String,
    value: Option<Value>,
    reading: Reading,
}

impl<'de> de::EnumAccess<'de> for Variant {
    type Error = ReadError;
    type Variant = VariantValue;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, VariantValue), ReadError> {
        let name: StringDeserializer<ReadError> = self.variant.into_deserializer();
        let value = VariantValue(self.value.map(|value| Reader::new(value, self.reading)));
        seed.deserialize(name).map(|variant| (variant, value))
    }
}

struct VariantValue(Option<Reader>);

impl VariantValue {
    fn reader(self) -> Result<Reader, ReadError> {
        self.0
            .ok_or_else(|| ReadError::new("lacks the value of this choice"))
    }
}

impl<'de> VariantAccess<'de> for VariantValue {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.0 {
            None => Ok(()),
            Some(reader) => de::Deserialize::deserialize(reader),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self.reader()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.reader()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.reader()?.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(value: Value, reading: Reading) -> Result<T, String> {
        T::deserialize(Reader::new(value, reading)).map_err(|error| error.to_string())
    }

    #[test]
    fn lenient_reads_numbers_from_text_and_text_from_numbers() {
        assert_eq!(read::<u8>(json!("41"), Reading::Lenient), Ok(41));
        assert_eq!(
            read::<Option<i64>>(json!("-3"), Reading::Lenient),
            Ok(Some(-3))
        );
        assert_eq!(
            read::<String>(json!(1600), Reading::Lenient),
            Ok("1600".into())
        );
        assert_eq!(read::<f64>(json!("1.5"), Reading::Lenient), Ok(1.5));
    }

    #[test]
    fn lenient_refuses_what_is_not_plain() {
        for text in ["", " ", "4x", "0x10", "NaN", "1e", "--1"] {
            assert_eq!(
                read::<u8>(json!(text), Reading::Lenient),
                Err("must be a whole number from 0 to 255".into()),
                "{text:?}"
            );
        }
        assert_eq!(
            read::<String>(json!(true), Reading::Lenient),
            Err("must be text".into())
        );
    }

    #[test]
    fn strict_takes_types_literally() {
        assert!(read::<u8>(json!("41"), Reading::Strict).is_err());
        assert!(read::<String>(json!(1600), Reading::Strict).is_err());
    }

    #[test]
    fn messages_name_no_rust_types() {
        assert_eq!(
            read::<f32>(json!(1e300), Reading::Strict),
            Err("must be a number".into())
        );
        assert_eq!(
            read::<i64>(json!(1.5), Reading::Strict),
            Err("must be a whole number".into())
        );
        assert_eq!(
            read::<Vec<u8>>(json!({}), Reading::Strict),
            Err("must be a list".into())
        );
        for list in [json!([1]), json!([1, 2, 3])] {
            assert_eq!(
                read::<(u8, u8)>(list, Reading::Strict),
                Err("must be a list of the right length".into())
            );
        }
        assert_eq!(
            read::<bool>(json!("yes"), Reading::Strict),
            Err("must be true or false".into())
        );
    }
}
