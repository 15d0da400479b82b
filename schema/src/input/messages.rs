//! The texts that people read beside a form field.

use std::borrow::Cow;
use std::fmt::Display;

use garde::i18n;
use serde_json::Value;

/// For a field that must be sent and was not.
pub(super) const REQUIRED: &str = "is required";

/// For a payload that must be an object and is not.
pub(super) fn not_an_object(payload: &Value) -> &'static str {
    match payload {
        Value::Null => "nothing was sent; an object with the fields is expected",
        _ => "an object with the fields is expected",
    }
}

/// What a pattern demands, where it says more than "looks right".
fn pattern_message(pattern: &str) -> &'static str {
    match pattern {
        r"[^ \t\r\n]" => "must not be blank",
        _ => "does not have the right form",
    }
}

/// Garde's rules in words for people.
pub(super) struct Messages;

impl garde::I18n for Messages {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        match min {
            1 => "must not be empty".into(),
            _ => format!("is too short, the minimum is {min}").into(),
        }
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        format!("is too long, the maximum is {max}").into()
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        format!("must be at least {min}").into()
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        format!("must be at most {max}").into()
    }

    fn credit_card_invalid(&self, _: i18n::InvalidCreditCard) -> Cow<'static, str> {
        "is not a valid card number".into()
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        pattern_message(&pattern.to_string()).into()
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("must contain \"{pattern}\"").into()
    }

    fn url_invalid(&self, _: i18n::InvalidUrl) -> Cow<'static, str> {
        "is not a valid web address".into()
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("must begin with \"{pattern}\"").into()
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("must end with \"{pattern}\"").into()
    }

    fn phone_number_invalid(&self, _: i18n::InvalidPhoneNumber) -> Cow<'static, str> {
        "is not a valid phone number".into()
    }

    fn ip_invalid(&self, _: i18n::IpKind) -> Cow<'static, str> {
        "is not a valid IP address".into()
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        format!("must be the same as {field}").into()
    }

    fn email_invalid(&self, _: i18n::InvalidEmail) -> Cow<'static, str> {
        "is not a valid email address".into()
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        "may only have plain letters, digits and signs (ASCII)".into()
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        "may only have letters and digits".into()
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        REQUIRED.into()
    }
}
