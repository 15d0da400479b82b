//! Garde's rules as [`FieldCode`]s.
//!
//! Garde keeps a text of each broken rule and nothing else. [`Messages`] therefore keeps the codes, and gives garde their
//! places as texts, behind a mark that no text of an application begins with.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Display;

use garde::i18n;
use serde_json::Value;
use serde_json::value::RawValue;

use super::json::Json;
use crate::contract::TextFormat;
use crate::field_code::FieldCode;
use crate::field_error::FieldError;
use crate::limits::wire_limit;
use crate::rule;

/// What is wrong with a payload that must be an object.
pub(super) fn not_an_object(payload: &RawValue) -> &'static str {
    match Json::of(payload) {
        Json::Null => "nothing was sent; an object with the fields is expected",
        _ => "an object with the fields is expected",
    }
}

const MARK: &str = "\0rowcast:";

/// What garde found, by the places in the texts that it was given.
#[derive(Debug, Default)]
pub(super) struct Codes(RefCell<Vec<FieldCode>>);

impl Codes {
    /// What is behind a text of garde's: a code, or a text of the application.
    pub(super) fn error(&self, text: &str) -> FieldError {
        let codes = self.0.borrow();
        let place = text.strip_prefix(MARK).and_then(|place| place.parse().ok());
        if let Some(code) = place.and_then(|place: usize| codes.get(place)) {
            return code.clone().into();
        }
        // A rule of the application may have put what garde said into a text of its own.
        let mut parts = text.split(MARK);
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.find(|other: char| !other.is_ascii_digit());
            let (place, rest) = part.split_at(digits.unwrap_or(part.len()));
            let code = place
                .parse::<usize>()
                .ok()
                .and_then(|place| codes.get(place));
            whole.push_str(&code.map(FieldCode::message).unwrap_or_default());
            whole.push_str(rest);
        }
        whole.into()
    }
}

/// Notes garde's rules as codes.
pub(super) struct Messages<'c>(pub(super) &'c Codes);

impl Messages<'_> {
    fn note(&self, code: FieldCode) -> Cow<'static, str> {
        let mut codes = self.0.0.borrow_mut();
        codes.push(code);
        format!("{MARK}{}", codes.len() - 1).into()
    }
}

/// A limit, which garde gives as the text that it prints.
fn limit(limit: &dyn Display) -> Value {
    wire_limit(&limit.to_string())
}

impl garde::I18n for Messages<'_> {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        self.note(FieldCode::LengthMin { min: min as u64 })
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        self.note(FieldCode::LengthMax { max: max as u64 })
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        self.note(FieldCode::RangeMin { min: limit(min) })
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        self.note(FieldCode::RangeMax { max: limit(max) })
    }

    fn credit_card_invalid(&self, _: i18n::InvalidCreditCard) -> Cow<'static, str> {
        self.note(FieldCode::CreditCard)
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        self.note(rule::no_match(&pattern.to_string()))
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        self.note(FieldCode::Contains {
            text: pattern.to_string(),
        })
    }

    fn url_invalid(&self, _: i18n::InvalidUrl) -> Cow<'static, str> {
        self.note(FieldCode::Url)
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        self.note(FieldCode::Prefix {
            text: pattern.to_string(),
        })
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        self.note(FieldCode::Suffix {
            text: pattern.to_string(),
        })
    }

    fn phone_number_invalid(&self, _: i18n::InvalidPhoneNumber) -> Cow<'static, str> {
        self.note(FieldCode::PhoneNumber)
    }

    fn ip_invalid(&self, kind: i18n::IpKind) -> Cow<'static, str> {
        let format = match kind {
            i18n::IpKind::Any => TextFormat::Ip,
            i18n::IpKind::V4 => TextFormat::Ipv4,
            i18n::IpKind::V6 => TextFormat::Ipv6,
        };
        self.note(FieldCode::Format { format })
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        self.note(FieldCode::Same {
            field: field.to_string(),
        })
    }

    fn email_invalid(&self, _: i18n::InvalidEmail) -> Cow<'static, str> {
        self.note(FieldCode::Email)
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        self.note(FieldCode::Ascii)
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        self.note(FieldCode::Alphanumeric)
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        self.note(FieldCode::Required)
    }
}
