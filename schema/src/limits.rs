//! Limits of numbers: as rules have them, and as clients get them.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// The limit of a range as a number; nothing for limits of other types, such as dates.
#[doc(hidden)]
pub fn limit(value: &(impl Serialize + Display)) -> Option<Number> {
    match serde_json::to_value(value) {
        // As garde prints it: JSON has more digits of an `f32` than that says.
        Ok(Value::Number(_)) => literal(&value.to_string()),
        _ => None,
    }
}

/// A number as it is written in the source; nothing for an integer that a JSON number of ours would round.
#[doc(hidden)]
pub fn literal(text: &str) -> Option<Number> {
    let number: Number = text.parse().ok()?;
    let is_integer = text
        .trim_start_matches('-')
        .bytes()
        .all(|byte| byte.is_ascii_digit());
    (!is_integer || number.to_string() == text).then_some(number)
}

/// The greatest integer up to which JavaScript has all of them.
pub(crate) const GREATEST_SAFE: i64 = (1 << 53) - 1;

/// A limit as clients get it: a number that all of them hold as it is, or its text.
pub(crate) fn wire_limit(text: &str) -> Value {
    let is_safe = |number: &Number| {
        number.as_i64().map_or(number.is_f64(), |integer| {
            (-GREATEST_SAFE..=GREATEST_SAFE).contains(&integer)
        })
    };
    literal(text)
        .filter(is_safe)
        .map_or_else(|| text.into(), Value::Number)
}

/// A whole number of up to 128 bits, with a sign or without one.
///
/// It is written as a JSON number if that has 64 bits, or else as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whole {
    /// Less than 0.
    Negative(i128),
    /// 0 or more.
    Natural(u128),
}

macro_rules! from_primitives {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Whole {
            fn from(number: $integer) -> Self {
                // Those that are too large for one have no sign.
                match i128::try_from(number) {
                    Ok(negative) if negative < 0 => Self::Negative(negative),
                    _ => Self::Natural(number as u128),
                }
            }
        }
    )*};
}

from_primitives!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl FromStr for Whole {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let natural = text.parse().map(Self::Natural);
        natural.or_else(|_| text.parse().map(|number: i128| number.into()))
    }
}

impl Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative(number) => number.fmt(f),
            Self::Natural(number) => number.fmt(f),
        }
    }
}

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.to_string();
        match literal(&text) {
            Some(number) => number.serialize(serializer),
            None => serializer.serialize_str(&text),
        }
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        text.parse().map_err(D::Error::custom)
    }
}

/// The limits of a whole number, as far as there are some; both are allowed themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WholeLimits {
    /// The least allowed.
    pub min: Option<Whole>,
    /// The greatest allowed.
    pub max: Option<Whole>,
}

impl WholeLimits {
    /// No limits.
    pub const NONE: Self = Self {
        min: None,
        max: None,
    };

    /// Those of a type.
    pub fn between(min: impl Into<Whole>, max: impl Into<Whole>) -> Self {
        Self {
            min: Some(min.into()),
            max: Some(max.into()),
        }
    }

    /// These and others: what both allow.
    pub(crate) fn within(self, min: Option<Whole>, max: Option<Whole>) -> Self {
        Self {
            min: self.min.into_iter().chain(min).max(),
            max: self.max.into_iter().chain(max).min(),
        }
    }

    /// Those that a code names.
    pub fn of_code(min: Option<&Value>, max: Option<&Value>) -> Self {
        let whole = |limit: Option<&Value>| serde_json::from_value(limit?.clone()).ok();
        Self {
            min: whole(min),
            max: whole(max),
        }
    }

    /// Those of a primitive integer, by its name in Rust.
    pub(crate) fn of_primitive(name: &str) -> Option<Self> {
        macro_rules! of {
            ($($integer:ident)*) => {
                match name {
                    $(stringify!($integer) => Self::between($integer::MIN, $integer::MAX),)*
                    _ => return None,
                }
            };
        }
        Some(of!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_ordered_read_and_written() {
        let texts = [
            "-170141183460469231731687303715884105728",
            "-9223372036854775809",
            "-1",
            "0",
            "18446744073709551616",
            "340282366920938463463374607431768211455",
        ];
        let all = texts.map(|text| text.parse::<Whole>().unwrap());
        assert!(all.is_sorted());
        assert_eq!(all.map(|one| one.to_string()), texts);
        for one in all {
            let json = serde_json::to_string(&one).unwrap();
            assert_eq!(serde_json::from_str::<Whole>(&json).unwrap(), one, "{json}");
        }
        assert_eq!(serde_json::to_string(&all[2]).unwrap(), "-1");
        assert_eq!(
            serde_json::to_string(&all[4]).unwrap(),
            r#""18446744073709551616""#
        );
        for text in [
            "",
            "-",
            "1.5",
            "1e3",
            "340282366920938463463374607431768211456",
        ] {
            assert!(text.parse::<Whole>().is_err(), "{text}");
        }
    }
}
