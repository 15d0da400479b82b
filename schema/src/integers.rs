//! How integers of 64 bits and more travel, where their type alone would let JavaScript round them.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::ser::Serializer;

use crate::known_integer::KnownInteger;

/// Lets an integer travel as text of decimal digits, exact at any size.
///
/// In TypeScript the field is a `string`; [`BigInt`] has the same form on the wire, and is a `bigint` there.
///
/// ```
/// use rowcast_schema::Digits;
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Counter {
///     #[serde(with = "Digits")]
///     hits: u64,
/// }
///
/// let json = serde_json::to_string(&Counter { hits: u64::MAX }).unwrap();
/// assert_eq!(json, r#"{"hits":"18446744073709551615"}"#);
/// ```
#[derive(Debug)]
pub struct Digits;

impl Digits {
    /// Writes the digits.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: ToDigits, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads digits.
    ///
    /// # Errors
    /// When it is no text, or the digits of no `T`.
    pub fn deserialize<'de, T: FromDigits, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        deserializer.deserialize_str(DigitsVisitor(PhantomData))
    }
}

/// [`Digits`] for an `Option`.
#[derive(Debug)]
pub struct OptionalDigits;

/// [`Digits`] that the generated client reads and writes as a `bigint`.
///
/// On the wire it is the same text of digits, which is what plain sockets get and send. All [`Digits`] of a schema become
/// such by [`Schema::digits_as_bigint`](crate::Schema::digits_as_bigint).
///
/// ```
/// use rowcast_schema::BigInt;
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Counter {
///     #[serde(with = "BigInt")]
///     hits: u64,
/// }
/// ```
#[derive(Debug)]
pub struct BigInt;

/// [`BigInt`] for an `Option`.
#[derive(Debug)]
pub struct OptionalBigInt;

/// Gives a form of integers the functions that serde's `with` calls, from those of another one.
macro_rules! same_on_wire {
    ($name:ident = $other:ident, $value:ty) => {
        impl $name {
            /// Writes the digits.
            ///
            /// # Errors
            /// Those of the serializer.
            pub fn serialize<T: ToDigits, S: Serializer>(
                value: &$value,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                $other::serialize(value, serializer)
            }

            /// Reads digits.
            ///
            /// # Errors
            /// When it is no text, or the digits of no `T`.
            pub fn deserialize<'de, T: FromDigits, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$value, D::Error> {
                $other::deserialize(deserializer)
            }
        }
    };
}

/// What can be written as digits: all that is printed so.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't travel as digits",
    label = "no integer",
    note = "for an `Option`, write `#[serde(with = \"OptionalDigits\")]` or `OptionalBigInt`"
)]
pub trait ToDigits: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display> ToDigits for T {}

/// What can be read from digits: all that is parsed from them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be read from digits",
    label = "no integer",
    note = "for an `Option`, write `#[serde(with = \"OptionalDigits\")]` or `OptionalBigInt`"
)]
pub trait FromDigits: FromStr {}

#[diagnostic::do_not_recommend]
impl<T: FromStr> FromDigits for T {}

same_on_wire!(BigInt = Digits, T);
same_on_wire!(OptionalBigInt = OptionalDigits, Option<T>);

impl OptionalDigits {
    /// Writes the digits, or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: ToDigits, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => Digits::serialize(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads digits, or null.
    ///
    /// # Errors
    /// When it is neither null nor the digits of a `T`.
    pub fn deserialize<'de, T: FromDigits, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(OptionVisitor(PhantomData))
    }
}

/// What is expected where digits are read; the limits of the type may follow.
pub(crate) const DIGITS: &str = "digits of a whole number";

fn expecting<T>(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(DIGITS)?;
    let limits = KnownInteger::of::<T>().map(|integer| integer.limits);
    match limits.and_then(|limits| limits.min.zip(limits.max)) {
        Some((min, max)) => write!(f, " from {min} to {max}"),
        None => Ok(()),
    }
}

struct DigitsVisitor<T>(PhantomData<T>);

impl<T: FromStr> Visitor<'_> for DigitsVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting::<T>(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let lacks_zero = || KnownInteger::of::<T>().is_some_and(|integer| integer.lacks_zero);
        parse(text).ok_or_else(|| match text {
            // As serde says it of a number.
            "0" if lacks_zero() => E::invalid_value(Unexpected::Signed(0), &"a nonzero integer"),
            _ => E::invalid_value(Unexpected::Str(text), &self),
        })
    }
}

struct OptionVisitor<T>(PhantomData<T>);

impl<'de, T: FromStr> Visitor<'de> for OptionVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting::<T>(f)?;
        f.write_str(", or null")
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        Digits::deserialize(deserializer).map(Some)
    }
}

/// `FromStr` of integers also takes a plus sign and leading zeros, which would not come back as they were.
fn parse<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'))
        && text != "-0";
    plain.then(|| text.parse().ok()).flatten()
}

/// The JSON Schema of digits; `format` says what they become in TypeScript.
macro_rules! described_as {
    ($name:ident: $type:tt, $format:literal) => {
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": $type, "format": $format, "pattern": "^(0|-?[1-9][0-9]*)$" })
            }
        }
    };
}

described_as!(Digits: "string", "digits");
described_as!(OptionalDigits: ["string", "null"], "digits");
described_as!(BigInt: "string", "bigint");
described_as!(OptionalBigInt: ["string", "null"], "bigint");

/// Promises that an integer of 64 bits stays within 2^53, so that it may travel as a number.
///
/// For types that are no resources; a field of a resource says `#[resource(number)]`.
///
/// ```
/// use rowcast_schema::SafeInteger;
/// use schemars::JsonSchema;
/// use serde::Serialize;
///
/// #[derive(Serialize, JsonSchema)]
/// struct Session {
///     #[schemars(with = "SafeInteger")]
///     coach_id: i64,
/// }
/// ```
#[derive(Debug)]
pub struct SafeInteger;

impl JsonSchema for SafeInteger {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SafeInteger".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read<T: FromStr>(value: Value) -> Option<T> {
        Digits::deserialize(value).ok()
    }

    #[test]
    fn digits_are_exact_and_have_one_form() {
        assert_eq!(read(json!("18446744073709551615")), Some(u64::MAX));
        assert_eq!(read(json!("-9223372036854775808")), Some(i64::MIN));
        assert_eq!(read(json!("0")), Some(0_i64));
        for text in [
            "",
            "-",
            "+1",
            "01",
            "-0",
            "1.0",
            " 1",
            "18446744073709551616",
        ] {
            assert_eq!(read::<u64>(json!(text)), None, "{text:?}");
        }
        assert_eq!(read::<i64>(json!(1)), None);
    }

    #[test]
    fn optional_digits_may_be_null() {
        let read = |value: Value| OptionalDigits::deserialize::<i64, _>(value).ok();
        assert_eq!(read(Value::Null), Some(None));
        assert_eq!(read(json!("7")), Some(Some(7)));
        assert_eq!(read(json!("x")), None);
    }
}
