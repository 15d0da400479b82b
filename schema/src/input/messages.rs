//! The texts that people read beside a form field.

use std::borrow::Cow;
use std::fmt::Display;

use garde::i18n;
use serde_json::value::RawValue;

use super::json::Json;
use crate::rule::{self, IpVersion, Rule};

/// For a field that must be sent and was not.
pub(super) use crate::rule::REQUIRED;

/// For a payload that must be an object and is not.
pub(super) fn not_an_object(payload: &RawValue) -> &'static str {
    match Json::of(payload) {
        Json::Null => "nothing was sent; an object with the fields is expected",
        _ => "an object with the fields is expected",
    }
}

fn text(rule: Rule) -> Cow<'static, str> {
    rule.message().unwrap_or_default().into()
}

/// Garde's rules in words for people.
pub(super) struct Messages;

impl garde::I18n for Messages {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        rule::too_short(min as u64).into()
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        rule::too_long(max as u64).into()
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        rule::too_small(min).into()
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        rule::too_large(max).into()
    }

    fn credit_card_invalid(&self, _: i18n::InvalidCreditCard) -> Cow<'static, str> {
        "is not a valid card number".into()
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        rule::no_match(&pattern.to_string()).into()
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        text(Rule::Contains(pattern.to_string()))
    }

    fn url_invalid(&self, _: i18n::InvalidUrl) -> Cow<'static, str> {
        text(Rule::Url)
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        text(Rule::Prefix(pattern.to_string()))
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        text(Rule::Suffix(pattern.to_string()))
    }

    fn phone_number_invalid(&self, _: i18n::InvalidPhoneNumber) -> Cow<'static, str> {
        "is not a valid phone number".into()
    }

    fn ip_invalid(&self, _: i18n::IpKind) -> Cow<'static, str> {
        text(Rule::Ip(IpVersion::Any))
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        text(Rule::Matches(field.to_string()))
    }

    fn email_invalid(&self, _: i18n::InvalidEmail) -> Cow<'static, str> {
        text(Rule::Email)
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        text(Rule::Ascii)
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        text(Rule::Alphanumeric)
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        text(Rule::Required)
    }
}
