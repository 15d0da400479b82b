//! The rules that inputs are checked by, and what is said when one is broken.
//!
//! On the server garde checks them. They are kept as data too, so that other languages check the same and say the
//! same: [`FieldCode`] has what people read beside a form field.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::field_code::FieldCode;
use crate::formats::TextFormat;
pub use crate::limits::{Whole, WholeLimits};
#[doc(hidden)]
pub use crate::limits::{limit, literal};

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
        min: Option<Whole>,
        /// The greatest.
        max: Option<Whole>,
    },
    /// The number is not 0.
    NotZero,
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
    /// What is said of a text that can be no key of a map: it tells what the keys are.
    Key(FieldCode),
    /// Rules for each item of a list.
    Inner(Vec<Rule>),
    /// A rule that only the server checks: code of the user's, or one that can't be carried over.
    ServerOnly(String),
}

/// The keys of maps whose keys are integers with a sign, as [`Rule::Keys`].
pub const INTEGER_KEYS: &str = "^(0|-?[1-9][0-9]*)$";

/// The keys of maps whose keys are integers without a sign, as [`Rule::Keys`].
pub const NATURAL_KEYS: &str = "^(0|[1-9][0-9]*)$";

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
    /// What the JSON Schema of a text calls its length: it does not tell which of these the server counts.
    Unstated,
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

impl IpVersion {
    /// The format that the rule asks for.
    pub(crate) fn format(self) -> TextFormat {
        match self {
            Self::Any => TextFormat::Ip,
            Self::V4 => TextFormat::Ipv4,
            Self::V6 => TextFormat::Ipv6,
        }
    }
}

/// What is wrong with a text that does not match `pattern`: those that ask for any visible character have a text of their own.
pub(crate) fn no_match(pattern: &str) -> FieldCode {
    match pattern {
        r"[^ \t\r\n]" | r"\S" => FieldCode::Blank,
        _ => FieldCode::Pattern,
    }
}

impl WholeLimits {
    /// Those that [`Rule::Integer`] has for the type of digits.
    pub fn of_digits(rules: &[Rule]) -> Self {
        rules.iter().fold(Self::NONE, |limits, rule| match rule {
            Rule::Integer { min, max } => limits.within(*min, *max),
            _ => limits,
        })
    }

    /// These, narrowed by each [`Rule::Range`].
    #[must_use]
    pub fn narrowed(self, rules: &[Rule]) -> Self {
        let whole = |limit: &Option<Number>| limit.as_ref()?.to_string().parse().ok();
        rules.iter().fold(self, |limits, rule| match rule {
            Rule::Range { min, max } => limits.within(whole(min), whole(max)),
            _ => limits,
        })
    }
}

impl Rule {
    /// What is wrong with a value that breaks the rule; nothing for rules with several texts, or with texts of the user's.
    ///
    /// ```
    /// use rowcast_schema::rule::Rule;
    ///
    /// let code = Rule::Prefix("https:".into()).code();
    /// assert_eq!(code.map(|code| code.message()).as_deref(), Some("must begin with \"https:\""));
    /// ```
    pub fn code(&self) -> Option<FieldCode> {
        Some(match self {
            Self::Length { .. }
            | Self::Range { .. }
            | Self::NoOtherKeys
            | Self::Keys(_)
            | Self::Key(_)
            | Self::Inner(_)
            | Self::ServerOnly(_) => return None,
            Self::Integer { .. } => {
                FieldCode::integer(WholeLimits::of_digits(std::slice::from_ref(self)))
            }
            Self::NotZero => FieldCode::NotZero,
            Self::Pattern(pattern) => no_match(pattern),
            Self::Contains(text) => FieldCode::Contains { text: text.clone() },
            Self::Prefix(text) => FieldCode::Prefix { text: text.clone() },
            Self::Suffix(text) => FieldCode::Suffix { text: text.clone() },
            Self::Email => FieldCode::Email,
            Self::Url => FieldCode::Url,
            Self::Ip(version) => FieldCode::Format {
                format: version.format(),
            },
            Self::Ascii => FieldCode::Ascii,
            Self::Alphanumeric => FieldCode::Alphanumeric,
            Self::Required => FieldCode::Required,
            Self::Matches(field) => FieldCode::Same {
                field: field.clone(),
            },
        })
    }
}
