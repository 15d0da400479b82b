//! Limits of numbers: as rules have them, and as clients get them.

use std::fmt::Display;

use serde::Serialize;
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

/// The limits of a whole number, as far as there are some; both are allowed themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WholeLimits {
    /// The least allowed.
    pub min: Option<i128>,
    /// The greatest allowed.
    pub max: Option<i128>,
}

impl WholeLimits {
    /// No limits.
    pub const NONE: Self = Self {
        min: None,
        max: None,
    };

    /// Those of a type.
    pub fn between(min: impl Into<i128>, max: impl Into<i128>) -> Self {
        Self {
            min: Some(min.into()),
            max: Some(max.into()),
        }
    }

    /// These and others: what both allow.
    pub(crate) fn within(self, min: Option<&Number>, max: Option<&Number>) -> Self {
        let whole = |limit: Option<&Number>| limit.and_then(|limit| limit.to_string().parse().ok());
        Self {
            min: self.min.into_iter().chain(whole(min)).max(),
            max: self.max.into_iter().chain(whole(max)).min(),
        }
    }
}
