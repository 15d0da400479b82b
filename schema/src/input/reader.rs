//! A serde deserializer over JSON text whose errors are meant for people.
//!
//! serde_json's own errors speak of Rust types (`invalid type: string "x", expected u8`). This reader says what
//! the field must be instead, and reads leniently where that is wanted. Nothing is built but what the type asks for.

use std::borrow::Cow;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, VariantAccess, Visitor,
};
use serde_json::Number;
use serde_json::value::RawValue;

use super::Reading;
use super::error::{ReadError, must_be};
use super::json::{Entries, Items, Json};
use super::key::Key;
use crate::field_code::{ExpectedType, FieldCode};

/// Deserializes from JSON text.
#[derive(Debug, Clone)]
pub struct Reader<'j> {
    source: Source<'j>,
    reading: Reading,
}

/// The text, or what lenient reading makes of it.
#[derive(Debug, Clone)]
enum Source<'j> {
    Raw(&'j RawValue),
    Number(Number),
    Text(String),
}

impl<'j> Reader<'j> {
    /// Reads `value`.
    pub fn new(value: &'j RawValue, reading: Reading) -> Self {
        Self {
            source: Source::Raw(value),
            reading,
        }
    }

    /// The JSON value, one level of it.
    fn json(&self) -> Option<Json<'j>> {
        match self.source {
            Source::Raw(raw) => Some(Json::of(raw)),
            Source::Number(_) | Source::Text(_) => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self.json(), Some(Json::Null))
    }

    /// The text that it is.
    fn text(&self) -> Result<String, ReadError> {
        match &self.source {
            Source::Raw(raw) => Json::text(raw).map(Into::into),
            Source::Text(text) => Some(text.clone()),
            Source::Number(_) => None,
        }
        .ok_or_else(|| ReadError::new(FieldCode::Invalid))
    }

    /// The number that it is.
    fn number(&self) -> Option<Number> {
        match &self.source {
            Source::Number(number) => Some(number.clone()),
            Source::Raw(raw) => serde_json::from_str(raw.get()).ok(),
            Source::Text(_) => None,
        }
    }

    /// The digits of a number, which may be more than [`Number`] holds.
    fn digits(&self) -> Option<&str> {
        match (&self.source, self.json()) {
            (_, Some(Json::Number(digits))) => Some(digits),
            _ => None,
        }
    }

    /// A number sent as text, where the text is a JSON number.
    fn with_number(self) -> Self {
        if self.reading == Reading::Lenient
            && matches!(self.json(), Some(Json::Text(_)))
            && let Ok(text) = self.text()
            && let Ok(number) = serde_json::from_str::<Number>(text.trim())
        {
            return Self {
                source: Source::Number(number),
                ..self
            };
        }
        self
    }

    /// Text sent as a number.
    fn with_text(self) -> Self {
        if self.reading == Reading::Lenient
            && matches!(self.json(), Some(Json::Number(_)))
            && let Some(number) = self.number()
        {
            return Self {
                source: Source::Text(number.to_string()),
                ..self
            };
        }
        self
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, ReadError> {
    if let Some(value) = number.as_u64() {
        visitor.visit_u64(value)
    } else if let Some(value) = number.as_i64() {
        visitor.visit_i64(value)
    } else if let Some(value) = number.as_f64() {
        visitor.visit_f64(value)
    } else {
        Err(no_number())
    }
}

fn no_number() -> ReadError {
    ReadError::new(FieldCode::Type {
        expected: ExpectedType::Number,
    })
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

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let reading = self.reading;
        match self.json() {
            Some(Json::Null) => visitor.visit_unit(),
            Some(Json::Bool(value)) => visitor.visit_bool(value),
            Some(Json::List(items)) => {
                let mut items = ListReader { items, reading };
                let value = visitor.visit_seq(&mut items)?;
                match items.items.next() {
                    None => Ok(value),
                    Some(_) => Err(ReadError::new(must_be("a tuple"))),
                }
            }
            Some(Json::Object(entries)) => visitor.visit_map(ObjectReader {
                entries,
                entry: None,
                reading,
            }),
            Some(Json::Number(_)) => visit_number(&self.number().ok_or_else(no_number)?, visitor),
            Some(Json::Text(_)) => visitor.visit_string(self.text()?),
            None => match self.source {
                Source::Number(number) => visit_number(&number, visitor),
                _ => visitor.visit_string(self.text()?),
            },
        }
    }

    read_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f64
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let reader = self.with_number();
        match reader.digits().and_then(|digits| digits.parse().ok()) {
            Some(value) => visitor.visit_i128(value),
            None => reader.deserialize_any(visitor),
        }
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let reader = self.with_number();
        match reader.digits().and_then(|digits| digits.parse().ok()) {
            Some(value) => visitor.visit_u128(value),
            None => reader.deserialize_any(visitor),
        }
    }

    /// The name of a choice, which is text; a number would count as its place.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.json() {
            Some(Json::Text(_)) => visitor.visit_string(self.text()?),
            _ => Err(de::Error::invalid_type(
                Unexpected::Other("value"),
                &visitor,
            )),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let reader = self.with_number();
        // What `as f32` makes infinite would come back as null.
        let wide = reader.number().and_then(|number| number.as_f64());
        let wide = wide.unwrap_or_default();
        if wide.is_finite() && (wide as f32).is_infinite() {
            return Err(ReadError::new(must_be("f32")));
        }
        reader.deserialize_any(visitor)
    }

    read_texts! { deserialize_str deserialize_string deserialize_char }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.is_null() {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
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
        match self.json() {
            Some(Json::Text(_)) => visitor.visit_enum(Variant {
                variant: self.text()?,
                value: None,
                reading,
            }),
            Some(Json::Object(mut entries)) => match (entries.next(), entries.next()) {
                (Some((Some(variant), value)), None) => visitor.visit_enum(Variant {
                    variant: variant.into_owned(),
                    value: Some(value),
                    reading,
                }),
                _ => Err(de::Error::unknown_variant("", variants)),
            },
            _ => Err(de::Error::unknown_variant("", variants)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
    }
}

/// The items of a list.
struct ListReader<'j> {
    items: Items<'j>,
    reading: Reading,
}

impl<'de> de::SeqAccess<'de> for ListReader<'_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let item = self.items.next();
        item.map(|item| seed.deserialize(Reader::new(item, self.reading)))
            .transpose()
    }
}

/// The entries of an object.
struct ObjectReader<'j> {
    entries: Entries<'j>,
    /// The entry whose key was read last.
    entry: Option<(Cow<'j, str>, &'j RawValue)>,
    reading: Reading,
}

impl<'de> de::MapAccess<'de> for ObjectReader<'_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        let key = key.ok_or_else(|| ReadError::new(FieldCode::Invalid))?;
        let read = seed.deserialize(Key::new(&key)).map(Some);
        let read = read.map_err(|error| error.of_key(&key));
        self.entry = Some((key, value));
        read
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, ReadError> {
        let (key, value) = self.entry.take().unwrap_or(("".into(), RawValue::NULL));
        let read = seed.deserialize(Reader::new(value, self.reading));
        read.map_err(|error| error.at(&key))
    }
}

/// One variant of an enum, `"Name"` or `{ "Name": value }`.
struct Variant<'j> {
    variant: String,
    value: Option<&'j RawValue>,
    reading: Reading,
}

impl<'de, 'j> de::EnumAccess<'de> for Variant<'j> {
    type Error = ReadError;
    type Variant = VariantValue<'j>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, VariantValue<'j>), ReadError> {
        let name: StringDeserializer<ReadError> = self.variant.into_deserializer();
        let value = VariantValue(self.value.map(|value| Reader::new(value, self.reading)));
        seed.deserialize(name).map(|variant| (variant, value))
    }
}

struct VariantValue<'j>(Option<Reader<'j>>);

impl<'j> VariantValue<'j> {
    fn reader(self) -> Result<Reader<'j>, ReadError> {
        self.0.ok_or_else(|| ReadError::new(FieldCode::Invalid))
    }
}

impl<'de> VariantAccess<'de> for VariantValue<'_> {
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
mod tests;
