//! How integers of 64 bits and more travel, where their type alone would let JavaScript round them.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::Serializer;

/// Lets an integer travel as text of decimal digits, exact at any size.
///
/// In TypeScript the field is a `string`, whose digits `BigInt(text)` takes.
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
    pub fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads digits.
    ///
    /// # Errors
    /// When it is no text, or the digits of no `T`.
    pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        parse(&Cow::<str>::deserialize(deserializer)?)
    }
}

/// [`Digits`] for an `Option`.
#[derive(Debug)]
pub struct OptionalDigits;

impl OptionalDigits {
    /// Writes the digits, or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Display, S: Serializer>(
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
    pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let text = Option::<Cow<'_, str>>::deserialize(deserializer)?;
        text.map(|text| parse(&text)).transpose()
    }
}

/// `FromStr` of integers also takes a plus sign and leading zeros, which would not come back as they were.
fn parse<T: FromStr, E: Error>(text: &str) -> Result<T, E> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'))
        && text != "-0";
    let value = plain.then(|| text.parse().ok()).flatten();
    value.ok_or_else(|| E::custom("no digits of a whole number"))
}

fn digits_schema() -> Schema {
    json_schema!({ "type": "string", "format": "digits", "pattern": "^(0|-?[1-9][0-9]*)$" })
}

impl JsonSchema for Digits {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Digits".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        digits_schema()
    }
}

impl JsonSchema for OptionalDigits {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OptionalDigits".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "null"], "format": "digits", "pattern": "^(0|-?[1-9][0-9]*)$" })
    }
}

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
