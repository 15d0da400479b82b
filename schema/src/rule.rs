//! The rules that inputs are checked by, and what is said when one is broken.
//!
//! On the server garde checks them. They are kept as data too, so that other languages check the same and say the
//! same: the texts here are the only source of what people read beside a form field.

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use serde_json::Number;

/// A rule as the attributes of a field state it.
///
/// The fields of a command, of `NewX` and of `XPatch` have those of `#[garde(…)]`; types inside of them those that their
/// JSON Schema tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// How long a text or list may be.
    Length {
        /// What is counted.
        unit: LengthUnit,
        /// The least allowed.
        min: Option<u64>,
        /// The most allowed.
        max: Option<u64>,
    },
    /// How small and large a number may be.
    Range {
        /// The least allowed.
        min: Option<Number>,
        /// The most allowed.
        max: Option<Number>,
    },
    /// Which whole numbers the type of one that travels as digits holds; beyond them it is as if it were none.
    Integer {
        /// The least.
        min: Option<Number>,
        /// The greatest, where a JSON number can say it.
        max: Option<Number>,
    },
    /// A regular expression, in the syntax of the crate `regex`, that is found in the text.
    Pattern(String),
    /// A text that is found in the text.
    Contains(String),
    /// What the text begins with.
    Prefix(String),
    /// What the text ends with.
    Suffix(String),
    /// The text is an email address.
    Email,
    /// The text is a web address.
    Url,
    /// The text is an IP address.
    Ip(IpVersion),
    /// The text has ASCII only.
    Ascii,
    /// The text has letters and digits only, of any script.
    Alphanumeric,
    /// The value is there, though its type would allow null.
    Required,
    /// The value is the same as that of another field.
    Matches(String),
    /// Keys of an object that its type does not name are refused instead of ignored.
    NoOtherKeys,
    /// A regular expression that each key of a map has.
    Keys(String),
    /// Rules for each item of a list.
    Inner(Vec<Rule>),
    /// A rule that only the server checks: code of the user's, or one that can't be carried over.
    ServerOnly(String),
}

/// What the length of a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthUnit {
    /// Bytes of a text, items of a list: what the type itself calls its length.
    Simple,
    /// Bytes of a text as UTF-8.
    Bytes,
    /// Characters of a text (Unicode scalar values).
    Characters,
    /// Characters of a text as people see them (grapheme clusters).
    Graphemes,
    /// Units of a text as UTF-16, the length that JavaScript knows.
    Utf16,
    /// Items of a list.
    Items,
}

/// Which addresses are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IpVersion {
    /// Both.
    Any,
    /// `127.0.0.1`
    V4,
    /// `::1`
    V6,
}

/// For a field that must be sent and was not.
pub const REQUIRED: &str = "is required";

/// For what should be a whole number and is not.
pub const NO_WHOLE_NUMBER: &str = "must be a whole number";

/// Says what a length below `min` lacks.
pub fn too_short(min: u64) -> String {
    match min {
        1 => "must not be empty".into(),
        _ => format!("is too short, the minimum is {min}"),
    }
}

/// Says what a length beyond `max` exceeds.
pub fn too_long(max: u64) -> String {
    format!("is too long, the maximum is {max}")
}

/// Says what a number below `min` lacks.
pub fn too_small(min: &dyn Display) -> String {
    format!("must be at least {min}")
}

/// Says what a number beyond `max` exceeds.
pub fn too_large(max: &dyn Display) -> String {
    format!("must be at most {max}")
}

/// Says what `pattern` demands, where that can be said better than "looks right".
pub fn no_match(pattern: &str) -> &'static str {
    match pattern {
        r"[^ \t\r\n]" | r"\S" => "must not be blank",
        _ => "does not have the right form",
    }
}

/// The limit of a range as a number; nothing for limits of other types, such as dates.
#[doc(hidden)]
pub fn limit(value: &impl Serialize) -> Option<Number> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Number(number)) => Some(number),
        _ => None,
    }
}

/// A number as it is written in the source.
#[doc(hidden)]
pub fn literal(text: &str) -> Option<Number> {
    text.parse().ok()
}

impl Rule {
    /// What a person reads when the rule is broken; nothing for rules with several texts, or with texts of the user's.
    ///
    /// ```
    /// use rowcast_schema::rule::Rule;
    ///
    /// assert_eq!(Rule::Prefix("https:".into()).message().as_deref(), Some("must begin with \"https:\""));
    /// ```
    pub fn message(&self) -> Option<String> {
        Some(match self {
            Self::Length { .. }
            | Self::Range { .. }
            | Self::NoOtherKeys
            | Self::Keys(_)
            | Self::Inner(_)
            | Self::ServerOnly(_) => return None,
            Self::Integer { .. } => NO_WHOLE_NUMBER.into(),
            Self::Pattern(pattern) => no_match(pattern).into(),
            Self::Contains(text) => format!("must contain \"{text}\""),
            Self::Prefix(text) => format!("must begin with \"{text}\""),
            Self::Suffix(text) => format!("must end with \"{text}\""),
            Self::Email => "is not a valid email address".into(),
            Self::Url => "is not a valid web address".into(),
            Self::Ip(_) => "is not a valid IP address".into(),
            Self::Ascii => "may only have plain letters, digits and signs (ASCII)".into(),
            Self::Alphanumeric => "may only have letters and digits".into(),
            Self::Required => REQUIRED.into(),
            Self::Matches(field) => format!("must be the same as {field}"),
        })
    }
}
