//! What is wrong with a field, as a code with parameters, and what people read of it.
//!
//! [`FieldCode`] is the only source of the texts, in every language: what TypeScript says of a value is compared with it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::formats::TextFormat;
use crate::limits::{Whole, WholeLimits, wire_limit};

/// What is wrong with a field, for programs that translate it: a name, `code` on the wire, and its parameters beside it.
///
/// ```
/// use rowcast_schema::FieldCode;
///
/// let code = FieldCode::LengthMax { max: 40 };
/// assert_eq!(serde_json::to_string(&code).unwrap(), r#"{"code":"length_max","max":40}"#);
/// assert_eq!(code.message(), "is too long, the maximum is 40");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldCode {
    /// The field must be sent, and not as null.
    Required,
    /// The value has another JSON type.
    Type {
        /// The type that it must have.
        expected: ExpectedType,
    },
    /// The value is not a whole number within the limits of its type and its rules.
    Integer {
        /// The least allowed, a number, or a text where JavaScript would round one; absent where there is no limit to name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<Value>,
        /// The greatest allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Value>,
    },
    /// The value is none of the choices.
    Choice {
        /// The choices.
        options: Vec<String>,
    },
    /// The text does not have the form that its type reads; `docs/types.md` has the rule of each.
    Format {
        /// The name of the format.
        format: TextFormat,
    },
    /// A text, list or map is too short.
    LengthMin {
        /// The least allowed.
        min: u64,
    },
    /// A text, list or map is too long.
    LengthMax {
        /// The most allowed.
        max: u64,
    },
    /// A value is too small.
    RangeMin {
        /// The least allowed: a number, or a text where JavaScript would round one.
        min: Value,
    },
    /// A value is too large.
    RangeMax {
        /// The greatest allowed.
        max: Value,
    },
    /// The number is 0.
    NotZero,
    /// The text has nothing but white space.
    Blank,
    /// The text does not match the regular expression of its field.
    Pattern,
    /// The text lacks a part.
    Contains {
        /// The part.
        text: String,
    },
    /// The text begins with something else.
    Prefix {
        /// The beginning.
        text: String,
    },
    /// The text ends with something else.
    Suffix {
        /// The end.
        text: String,
    },
    /// The text is not an email address.
    Email,
    /// The text is not a web address.
    Url,
    /// The text has more than ASCII.
    Ascii,
    /// The text has more than letters and digits.
    Alphanumeric,
    /// The text is not the number of a credit card.
    CreditCard,
    /// The text is not a phone number.
    PhoneNumber,
    /// The value differs from that of another field.
    Same {
        /// The other field.
        field: String,
    },
    /// Another row has the value already, and it must be unique.
    Taken {
        /// The fields that are unique together with this one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        with: Vec<String>,
    },
    /// The row can't be deleted, as others refer to it.
    InUse,
    /// There is no row with this id.
    NoSuchRow {
        /// What there is none of: `coach`.
        what: String,
    },
    /// The caller may not set this field.
    Forbidden,
    /// There were too many attempts to sign in.
    TooManyAttempts {
        /// After how many seconds the next one may be made.
        seconds: u64,
    },
    /// The value can't be read, for a reason that has no code of its own.
    Invalid,
    /// What the application found, in its own words.
    Custom {
        /// The application's own code, if it gave one; see [`FieldError::custom`](crate::FieldError::custom).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
}

/// The type that a value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedType {
    /// Text.
    Text,
    /// Text of digits, where a number was given.
    Digits,
    /// Text of one character (Unicode scalar value).
    Character,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// A list with a fixed number of items.
    Tuple,
    /// An object.
    Object,
    /// Binary data.
    Binary,
}

impl FieldCode {
    /// No whole number, or one beyond these limits. They are named if both are known: a number may be beyond the other one.
    pub(crate) fn integer(limits: WholeLimits) -> Self {
        let limit = |limit: Whole| wire_limit(&limit.to_string());
        let both = limits.min.zip(limits.max);
        Self::Integer {
            min: both.map(|(min, _)| limit(min)),
            max: both.map(|(_, max)| limit(max)),
        }
    }

    /// The text beside a form field.
    ///
    /// Of [`FieldCode::Custom`] it is a general one; the application's own stands in [`FieldError::message`](crate::FieldError::message).
    ///
    /// ```
    /// use rowcast_schema::FieldCode;
    ///
    /// let choice = |options: [&str; 2]| FieldCode::Choice { options: options.map(String::from).into() }.message();
    /// assert_eq!(choice(["red", "dark blue"]), "must be one of: red, dark blue");
    /// assert_eq!(choice(["red", "blue, dark"]), r#"must be one of: "red", "blue, dark""#);
    /// ```
    pub fn message(&self) -> String {
        let text = match self {
            Self::Required => "is required",
            Self::Type { expected } => expected.message(),
            Self::Integer { min, max } => match (min, max) {
                (Some(min), Some(max)) => {
                    let (min, max) = (shown(min), shown(max));
                    return format!("must be a whole number from {min} to {max}");
                }
                _ => "must be a whole number",
            },
            Self::Choice { options } => return format!("must be one of: {}", listed(options)),
            Self::Format { format } => format_message(*format),
            Self::LengthMin { min: 1 } => "must not be empty",
            Self::LengthMin { min } => return format!("is too short, the minimum is {min}"),
            Self::LengthMax { max } => return format!("is too long, the maximum is {max}"),
            Self::RangeMin { min } => return format!("must be at least {}", shown(min)),
            Self::RangeMax { max } => return format!("must be at most {}", shown(max)),
            Self::NotZero => "must not be 0",
            Self::Blank => "must not be blank",
            Self::Pattern => "does not have the right form",
            Self::Contains { text } => return format!("must contain \"{text}\""),
            Self::Prefix { text } => return format!("must begin with \"{text}\""),
            Self::Suffix { text } => return format!("must end with \"{text}\""),
            Self::Email => "is not a valid email address",
            Self::Url => "is not a valid web address",
            Self::Ascii => "may only have plain letters, digits and signs (ASCII)",
            Self::Alphanumeric => "may only have letters and digits",
            Self::CreditCard => "is not a valid card number",
            Self::PhoneNumber => "is not a valid phone number",
            Self::Same { field } => return format!("must be the same as {field}"),
            Self::Taken { with } => return taken_message(with),
            Self::InUse => "is still in use",
            Self::NoSuchRow { what } => return format!("there is no {what} with this id"),
            Self::Forbidden => "you may not set this",
            Self::TooManyAttempts { seconds } => return too_many_message(*seconds),
            Self::Invalid | Self::Custom { .. } => "is not valid",
        };
        text.to_owned()
    }
}

impl FieldCode {
    /// Whether it is about a value that could be read, and breaks a rule.
    pub(crate) fn is_of_rule(&self) -> bool {
        match self {
            Self::LengthMin { .. }
            | Self::LengthMax { .. }
            | Self::RangeMin { .. }
            | Self::RangeMax { .. }
            | Self::Blank
            | Self::Pattern
            | Self::Contains { .. }
            | Self::Prefix { .. }
            | Self::Suffix { .. }
            | Self::Email
            | Self::Url
            | Self::Ascii
            | Self::Alphanumeric
            | Self::CreditCard
            | Self::PhoneNumber
            | Self::Same { .. }
            | Self::Custom { .. } => true,
            Self::Required
            | Self::Type { .. }
            | Self::Integer { .. }
            | Self::Choice { .. }
            | Self::Format { .. }
            | Self::NotZero
            | Self::Taken { .. }
            | Self::NoSuchRow { .. }
            | Self::InUse
            | Self::Forbidden
            | Self::TooManyAttempts { .. }
            | Self::Invalid => false,
        }
    }
}

/// The choices; in quotes where commas in them would make others of them.
fn listed(options: &[String]) -> String {
    let quoted = |option: &String| Value::from(option.as_str()).to_string();
    match options.iter().any(|option| option.contains([',', '"'])) {
        true => options.iter().map(quoted).collect::<Vec<_>>().join(", "),
        false => options.join(", "),
    }
}

/// A limit as people read it; one that is no number has a text.
fn shown(limit: &Value) -> String {
    limit
        .as_str()
        .map_or_else(|| limit.to_string(), str::to_owned)
}

fn taken_message(with: &[String]) -> String {
    let others: Vec<String> = with.iter().map(|field| format!("`{field}`")).collect();
    match others.is_empty() {
        true => "is already taken".into(),
        false => format!("is already taken with the same {}", others.join(" and ")),
    }
}

fn too_many_message(seconds: u64) -> String {
    let unit = if seconds == 1 { "second" } else { "seconds" };
    format!("too many attempts to sign in, please try again in {seconds} {unit}")
}

fn format_message(format: TextFormat) -> &'static str {
    match format {
        TextFormat::DateTime => "must be a moment with its offset, such as 2026-05-01T09:00:00Z",
        TextFormat::LocalDateTime => "must be a date and a time, such as 2026-05-01T09:00",
        TextFormat::Date => "must be a date, such as 2026-05-01",
        TextFormat::Time => "must be a time of day, such as 09:00",
        TextFormat::Uuid => "must be a UUID, such as 67e55044-10b1-426f-9247-bb680e5fe0c8",
        TextFormat::Decimal => "must be a decimal number of up to 28 digits, such as 12.50",
        TextFormat::Uri => "must be a URL with its scheme, such as https://example.org",
        TextFormat::Ip => "must be an IP address",
        TextFormat::Ipv4 => "must be an IP address of version 4, such as 192.0.2.1",
        TextFormat::Ipv6 => "must be an IP address of version 6, such as 2001:db8::1",
        TextFormat::Base64 => "must be bytes as base64",
        TextFormat::Character => ExpectedType::Character.message(),
        TextFormat::Digits | TextFormat::BigInt => "must be a whole number",
        TextFormat::Plain => ExpectedType::Text.message(),
    }
}

impl ExpectedType {
    fn message(self) -> &'static str {
        match self {
            Self::Text => "must be text",
            Self::Digits => "must be a whole number as text, such as \"7\"",
            Self::Character => "must be one character",
            Self::Number => "must be a number",
            Self::Boolean => "must be true or false",
            Self::List => "must be a list",
            Self::Tuple => "must be a list of the right length",
            Self::Object => "must be an object",
            Self::Binary => "must be binary data",
        }
    }
}
