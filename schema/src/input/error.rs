//! Why a value could not be read, in words for people.

use std::fmt;

use serde::de::{self, Unexpected};

use crate::field_code::{ExpectedType, FieldCode};
use crate::integers::DIGITS;
use crate::rule::WholeLimits;

/// Why a value could not be read.
#[derive(Debug, Clone, PartialEq)]
// Results are passed on at each level of a value: an error is to be no larger than what is read.
pub struct ReadError(Box<Reason>);

#[derive(Debug, Clone, PartialEq)]
struct Reason {
    code: FieldCode,
    /// The key that an object lacks, when that is the error.
    missing: Option<&'static str>,
    /// The keys of the objects around the value, as they were sent, from the inside.
    keys: Vec<String>,
    /// Whether it is the innermost key that can't be read, and not its value.
    is_of_key: bool,
}

impl ReadError {
    pub(super) fn new(code: FieldCode) -> Self {
        Self(Box::new(Reason {
            code,
            missing: None,
            keys: Vec::new(),
            is_of_key: false,
        }))
    }

    /// What is wrong with the value.
    pub fn code(&self) -> &FieldCode {
        &self.0.code
    }

    /// The key that an object lacks, when that is the error.
    pub(super) fn missing(&self) -> Option<&'static str> {
        self.0.missing
    }

    /// The same error in an object, of the entry with this key.
    pub(super) fn at(mut self, key: &str) -> Self {
        self.0.keys.push(key.to_owned());
        self
    }

    /// The same error of an entry's key itself.
    pub(super) fn of_key(mut self, key: &str) -> Self {
        self.0.is_of_key = true;
        self.at(key)
    }

    /// Whether it is a key that can't be read, and not its value.
    pub(super) fn is_of_key(&self) -> bool {
        self.0.is_of_key
    }

    /// The keys of the objects around the value, as they were sent, from the outside.
    pub(super) fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.keys.iter().rev().map(String::as_str)
    }
}

impl From<FieldCode> for ReadError {
    fn from(code: FieldCode) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code().message())
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        // The texts of parsers (dates, ids, a user's own types) speak of their insides.
        Self::new(FieldCode::Invalid)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = expected.to_string();
        Self::new(match found {
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_)
                if expected.starts_with(DIGITS) =>
            {
                FieldCode::Type {
                    expected: ExpectedType::Digits,
                }
            }
            _ => must_be(&expected),
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = expected.to_string();
        let is_zero = matches!(found, Unexpected::Unsigned(0) | Unexpected::Signed(0));
        Self::new(match expected.strip_prefix(NONZERO) {
            Some(unsigned) if is_zero && unsigned.starts_with('u') => {
                FieldCode::RangeMin { min: 1.into() }
            }
            Some(_) if is_zero => FieldCode::NotZero,
            _ => must_be(&expected),
        })
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::new(must_be(&expected.to_string()))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(FieldCode::Choice {
            options: expected.iter().copied().map(str::to_owned).collect(),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        let mut error = Self::new(FieldCode::Required);
        error.0.missing = Some(field);
        error
    }
}

/// How the integers of `std::num` that can't be 0 name themselves, before the name of the primitive.
const NONZERO: &str = "a nonzero ";

/// What a visitor expects, as a code. Visitors name themselves by Rust types.
pub(super) fn must_be(expected: &str) -> FieldCode {
    if let Some(primitive) = expected.strip_prefix(NONZERO) {
        return must_be(primitive);
    }
    if let Some(limits) = expected.strip_prefix(DIGITS) {
        return FieldCode::integer(limits_of_digits(limits).unwrap_or_default());
    }
    let expected = match expected {
        // A number of JSON that is rounded is not compared with these.
        "i64" | "u64" | "isize" | "usize" | "i128" | "u128" => {
            return FieldCode::integer(WholeLimits::NONE);
        }
        "u8" | "u16" | "u32" | "i8" | "i16" | "i32" => {
            let limits = WholeLimits::of_primitive(expected);
            return FieldCode::integer(limits.unwrap_or_default());
        }
        "f32" | "f64" => ExpectedType::Number,
        "a string" | "str" | "a borrowed string" => ExpectedType::Text,
        "a character" => ExpectedType::Character,
        "a boolean" => ExpectedType::Boolean,
        "a sequence" => ExpectedType::List,
        "bytes" => ExpectedType::Binary,
        "a map" => ExpectedType::Object,
        other if other.starts_with("struct ") => ExpectedType::Object,
        other
            if other.starts_with("a tuple")
                || other.starts_with("an array")
                || other.ends_with("in sequence") =>
        {
            ExpectedType::Tuple
        }
        _ => return FieldCode::Invalid,
    };
    FieldCode::Type { expected }
}

/// The limits behind [`DIGITS`]: ` from 0 to 255`.
fn limits_of_digits(text: &str) -> Option<WholeLimits> {
    let (min, max) = text.strip_prefix(" from ")?.split_once(" to ")?;
    Some(WholeLimits {
        min: Some(min.parse().ok()?),
        max: Some(max.parse().ok()?),
    })
}
