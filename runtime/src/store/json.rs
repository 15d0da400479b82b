//! Writes JSON, and rejects values without a JSON form.
//!
//! serde_json writes null for a number that is not finite. That would reach clients whose types are numbers, and
//! columns from which the row could not be read again.

use std::fmt::Display;

use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// The JSON of a value.
///
/// # Errors
/// Those of the value, and when a number in it is not finite.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Box<RawValue>> {
    to_raw_value(&Checked(value))
}

/// The JSON of a value, as text.
///
/// # Errors
/// As [`to_json`].
pub(crate) fn to_json_text<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    serde_json::to_string(&Checked(value))
}

/// A number without a JSON form.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no number that JSON can say: store and send finite numbers only")]
pub(crate) struct NotFinite(pub(crate) f64);

/// A value, or a serializer that it is written to, with its numbers checked.
struct Checked<T>(T);

impl<T: Serialize + ?Sized> Serialize for Checked<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Checked(serializer))
    }
}

macro_rules! forward {
    ($($method:ident($type:ty);)*) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.0.$method(value)
        }
    )*};
}

impl<S: Serializer> Serializer for Checked<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Checked<S::SerializeSeq>;
    type SerializeTuple = Checked<S::SerializeTuple>;
    type SerializeTupleStruct = Checked<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Checked<S::SerializeTupleVariant>;
    type SerializeMap = Checked<S::SerializeMap>;
    type SerializeStruct = Checked<S::SerializeStruct>;
    type SerializeStructVariant = Checked<S::SerializeStructVariant>;

    forward! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_unit_struct(&'static str);
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        match value.is_finite() {
            true => self.0.serialize_f32(value),
            false => Err(S::Error::custom(NotFinite(value.into()))),
        }
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        match value.is_finite() {
            true => self.0.serialize_f64(value),
            false => Err(S::Error::custom(NotFinite(value))),
        }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Checked(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Checked(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = Checked(value);
        self.0
            .serialize_newtype_variant(name, index, variant, &value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(length).map(Checked)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(length).map(Checked)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, length).map(Checked)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let written = self.0.serialize_tuple_variant(name, index, variant, length);
        written.map(Checked)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(length).map(Checked)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, length).map(Checked)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let written = self
            .0
            .serialize_struct_variant(name, index, variant, length);
        written.map(Checked)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// The parts of lists, objects and variants are checked like values.
macro_rules! parts {
    ($($part:ident: $method:ident($($key:ident: $key_type:ty)?);)*) => {$(
        impl<S: $part> $part for Checked<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: $key_type,)?
                value: &T,
            ) -> Result<(), S::Error> {
                self.0.$method($($key,)? &Checked(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(key: &'static str);
    SerializeStructVariant: serialize_field(key: &'static str);
}

impl<S: SerializeMap> SerializeMap for Checked<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Checked(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    struct Point {
        x: f64,
        #[serde(flatten)]
        rest: BTreeMap<String, f32>,
    }

    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Shape {
        Circle { radius: f32 },
        At(Point),
    }

    #[derive(Serialize)]
    enum Outside {
        Unit,
        One(f64),
        Two(u8, f64),
        Named { a: Option<f64> },
    }

    fn is_rejected<T: Serialize>(value: T) -> bool {
        let is_rejected = to_json(&value).is_err();
        assert_eq!(is_rejected, to_json_text(&value).is_err());
        is_rejected
    }

    #[test]
    fn numbers_without_a_json_form_are_rejected_wherever_they_are() {
        for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert!(is_rejected(number) && is_rejected(number as f32));
            assert!(
                is_rejected(Some(number)) && is_rejected([1.0, number]) && is_rejected((1, number))
            );
            assert!(is_rejected(BTreeMap::from([("a", vec![number])])));
            assert!(is_rejected(Outside::One(number)) && is_rejected(Outside::Two(1, number)));
            assert!(is_rejected(Outside::Named { a: Some(number) }));
            let rest = BTreeMap::from([("y".to_owned(), number as f32)]);
            assert!(is_rejected(Point { x: 1.0, rest }));
            let rest = BTreeMap::new();
            assert!(is_rejected(Shape::At(Point { x: number, rest })));
            let radius = number as f32;
            assert!(is_rejected(Shape::Circle { radius }));
        }
    }

    #[test]
    fn everything_else_is_written_as_by_serde_json() {
        let rest = BTreeMap::from([("y".to_owned(), 2.5)]);
        let raw = RawValue::from_string("[1, 2]".to_owned()).unwrap();
        let all = (
            Shape::At(Point { x: 1e300, rest }),
            (
                Outside::Unit,
                Outside::Two(1, 0.1),
                Outside::Named { a: None },
            ),
            (raw, "text", 'c', i128::MIN, u64::MAX, -1_i8),
            BTreeMap::from([(7, true)]),
            serde_json::json!({ "a": [null, 1.5, "x"] }),
            (),
        );
        assert_eq!(
            to_json_text(&all).unwrap(),
            serde_json::to_string(&all).unwrap()
        );
        assert_eq!(
            to_json(&all).unwrap().get(),
            serde_json::to_string(&all).unwrap()
        );
    }
}
