//! Checks the texts of formats in a JSON value by its shape, and writes them in the form that the types' parsers read.

use std::borrow::Cow;

use serde_json::value::{RawValue, to_raw_value};

use super::super::Reading;
use super::super::json::Json;
use super::Known;
use super::candidate::Level;
use super::noted::{Noted, Step};
use crate::contract::{NumberFormat, Property, Scalar, Shape, TextFormat};
use crate::field_code::{ExpectedType, FieldCode};
use crate::formats::of_number;

/// How often a byte may be looked at again, for another choice that it could be: more than any type needs that is read, and
/// too little to be kept busy by choices within choices.
const LOOKS_PER_BYTE: usize = 128;

/// The same for all of a small value, in bytes.
const LOOKS_AT_LEAST: usize = 10_000;

/// One walk through a value.
pub(super) struct Settling<'k, 'v> {
    known: &'k Known,
    reading: Reading,
    looks_left: usize,
    /// Whether a number that 32 bits do not hold was found where serde would make an infinite one of it.
    has_overflow: bool,
    /// Whether this is one of several choices, so that one error is enough.
    is_trying: bool,
    pub(super) noted: Noted<'v>,
}

/// What a choice made of a value.
enum Tried<'v> {
    Taken(Cow<'v, RawValue>),
    Refused,
    Overflow,
}

/// A value as it was sent or as it was written anew; nothing after an error was noted.
type Value<'v> = Option<Cow<'v, RawValue>>;

impl<'k, 'v> Settling<'k, 'v> {
    pub(super) fn new(known: &'k Known, reading: Reading, name: &str, value: &RawValue) -> Self {
        Self {
            known,
            reading,
            looks_left: LOOKS_AT_LEAST + value.get().len() * LOOKS_PER_BYTE,
            has_overflow: false,
            is_trying: false,
            noted: Noted::of(name),
        }
    }

    fn refuse(&mut self, code: FieldCode) -> Value<'v> {
        self.noted.note(code);
        None
    }

    /// Checks one value. What its shape does not describe is left to serde.
    pub(super) fn value(&mut self, shape: &'k Shape, sent: &'v RawValue) -> Value<'v> {
        if !self.known.checks(shape) {
            return Some(Cow::Borrowed(sent));
        }
        if self.noted.is_full() {
            return None;
        }
        match shape {
            Shape::Checked(inner, _) => self.value(inner, sent),
            Shape::Named(name) => match self.known.named.get(name) {
                Some(shape) => self.value(shape, sent),
                None => Some(Cow::Borrowed(sent)),
            },
            Shape::Scalar(Scalar::Text(format)) => self.text(*format, sent),
            Shape::Scalar(Scalar::Number(format)) => self.number(*format, sent),
            Shape::List(item) => self.items(sent, |_| Some(item)),
            Shape::Tuple(places) => self.items(sent, |index| places.get(index)),
            Shape::Map(value) => self.entries(sent, |_| Some(value)),
            Shape::Object(properties) => self.entries(sent, |key| property(properties, key)),
            Shape::Open(properties, rest) => {
                self.entries(sent, |key| property(properties, key).or(Some(&**rest)))
            }
            Shape::Union(members) => self.union(members, sent),
            Shape::Intersection(parts) => self.intersection(parts, sent),
            _ => Some(Cow::Borrowed(sent)),
        }
    }

    fn text(&mut self, format: TextFormat, sent: &'v RawValue) -> Value<'v> {
        let text = match Json::of(sent) {
            Json::Text(_) => Json::text(sent),
            // A form's number where text is meant; decimals have numbers beside them.
            Json::Number(digits) if self.reading == Reading::Lenient => Some(digits.into()),
            _ => None,
        };
        let (Some(text), Some(rule)) = (text, format.rule()) else {
            return Some(Cow::Borrowed(sent));
        };
        match rule(&text) {
            None => self.refuse(FieldCode::Format { format }),
            Some(read) if *read == *text => Some(Cow::Borrowed(sent)),
            Some(read) => written(&read),
        }
    }

    fn number(&mut self, format: NumberFormat, sent: &'v RawValue) -> Value<'v> {
        let Json::Number(digits) = Json::of(sent) else {
            return Some(Cow::Borrowed(sent));
        };
        match format {
            NumberFormat::Decimal => match of_number(digits) {
                Some(text) => written(&text),
                None => {
                    let format = TextFormat::Decimal;
                    self.refuse(FieldCode::Format { format })
                }
            },
            // What `as f32` makes infinite would come back as null.
            NumberFormat::Single if digits.parse().is_ok_and(is_beyond_single) => {
                self.has_overflow = true;
                let expected = ExpectedType::Number;
                self.refuse(FieldCode::Type { expected })
            }
            NumberFormat::Single | NumberFormat::Double => Some(Cow::Borrowed(sent)),
        }
    }

    fn items(
        &mut self,
        sent: &'v RawValue,
        shape_of: impl Fn(usize) -> Option<&'k Shape>,
    ) -> Value<'v> {
        let Json::List(items) = Json::of(sent) else {
            return Some(Cow::Borrowed(sent));
        };
        // All are checked, so that all errors are noted.
        let mut settled = Vec::new();
        for (index, item) in items.enumerate() {
            settled.push((None, self.part(Step::Index(index), shape_of(index), item)));
        }
        joined(sent, settled, ["[", "]"])
    }

    fn entries(
        &mut self,
        sent: &'v RawValue,
        shape_of: impl Fn(&str) -> Option<&'k Shape>,
    ) -> Value<'v> {
        let Json::Object(entries) = Json::of(sent) else {
            return Some(Cow::Borrowed(sent));
        };
        if self.is_trying && self.refuses_any(Json::of(sent), &shape_of) {
            return None;
        }
        let mut settled = Vec::new();
        for (key, value) in entries {
            // A key that names no character is refused by serde.
            let Some(key) = key else {
                return Some(Cow::Borrowed(sent));
            };
            let shape = shape_of(&key);
            let part = self.part(Step::Key(key.clone()), shape, value);
            settled.push((Some(key), part));
        }
        joined(sent, settled, ["{", "}"])
    }

    /// Whether a plain value in an object is refused. Of choices within choices, that is found before all of those are tried.
    fn refuses_any(
        &mut self,
        object: Json<'v>,
        shape_of: &impl Fn(&str) -> Option<&'k Shape>,
    ) -> bool {
        let Json::Object(mut entries) = object else {
            return false;
        };
        entries.any(|(key, value)| {
            let shape = key.and_then(|key| shape_of(&key));
            let plain = shape.filter(|shape| matches!(shape, Shape::Scalar(_)));
            plain.is_some_and(|shape| self.value(shape, value).is_none())
        })
    }

    fn part(&mut self, step: Step<'v>, shape: Option<&'k Shape>, sent: &'v RawValue) -> Value<'v> {
        let Some(shape) = shape else {
            return Some(Cow::Borrowed(sent));
        };
        self.noted.enter(step);
        let settled = self.value(shape, sent);
        self.noted.leave();
        settled
    }

    /// What could be one choice only is checked as that one. Of several, serde takes the first that it can read, by more
    /// than is known here: so nothing is written anew unless all agree, and an error is one only if none takes it.
    fn union(&mut self, members: &'k [Shape], sent: &'v RawValue) -> Value<'v> {
        let level = Level::of(sent);
        let could_be: Vec<&Shape> = members
            .iter()
            .filter(|member| level.could_be(self.known, member))
            .collect();
        match could_be.as_slice() {
            // Serde knows what such a value is lacking.
            [] => Some(Cow::Borrowed(sent)),
            [only] => self.value(only, sent),
            several => self.one_of(several, sent),
        }
    }

    fn one_of(&mut self, several: &[&'k Shape], sent: &'v RawValue) -> Value<'v> {
        let mut taken: Option<Box<RawValue>> = None;
        for member in several {
            let Some(left) = self.looks_left.checked_sub(sent.get().len()) else {
                return match taken {
                    Some(_) => Some(Cow::Borrowed(sent)),
                    None => self.refuse(FieldCode::Invalid),
                };
            };
            self.looks_left = left;
            match (self.tried(member, sent), &taken) {
                (Tried::Overflow, None) => {
                    let expected = ExpectedType::Number;
                    return self.refuse(FieldCode::Type { expected });
                }
                (Tried::Overflow | Tried::Refused, _) => {}
                (Tried::Taken(Cow::Borrowed(_)), _) => return Some(Cow::Borrowed(sent)),
                (Tried::Taken(Cow::Owned(written)), None) => taken = Some(written),
                (Tried::Taken(Cow::Owned(written)), Some(first)) => {
                    if written.get() != first.get() {
                        return Some(Cow::Borrowed(sent));
                    }
                }
            }
        }
        match taken {
            Some(written) => Some(Cow::Owned(written)),
            None => self.refuse(FieldCode::Invalid),
        }
    }

    fn tried(&mut self, member: &'k Shape, sent: &'v RawValue) -> Tried<'v> {
        let before = self.noted.begin();
        let had_overflow = std::mem::take(&mut self.has_overflow);
        let was_trying = std::mem::replace(&mut self.is_trying, true);
        let settled = self.value(member, sent);
        self.is_trying = was_trying;
        self.noted.undo(before);
        match (
            settled,
            std::mem::replace(&mut self.has_overflow, had_overflow),
        ) {
            (Some(settled), _) => Tried::Taken(settled),
            // Serde would take it all the same, as an infinite number.
            (None, true) => Tried::Overflow,
            (None, false) => Tried::Refused,
        }
    }

    fn intersection(&mut self, parts: &'k [Shape], sent: &'v RawValue) -> Value<'v> {
        let mut settled = Cow::Borrowed(sent);
        for part in parts {
            match self.value(part, sent)? {
                Cow::Borrowed(_) => {}
                Cow::Owned(written) => match &settled {
                    Cow::Borrowed(_) => settled = Cow::Owned(written),
                    // Each part has keys of its own.
                    Cow::Owned(before) => settled = Cow::Owned(merged(sent, before, &written)?),
                },
            }
        }
        Some(settled)
    }
}

/// Serde reads a number of 64 bits first.
fn is_beyond_single(number: f64) -> bool {
    (number as f32).is_infinite()
}

fn property<'s>(properties: &'s [Property], key: &str) -> Option<&'s Shape> {
    let found = properties.iter().find(|property| property.name == key)?;
    Some(&found.shape)
}

fn written<'v>(text: &str) -> Value<'v> {
    to_raw_value(text).ok().map(Cow::Owned)
}

/// An object with what two have changed of it.
fn merged(sent: &RawValue, one: &RawValue, other: &RawValue) -> Option<Box<RawValue>> {
    let (Json::Object(sent), Json::Object(one), Json::Object(other)) =
        (Json::of(sent), Json::of(one), Json::of(other))
    else {
        return Some(one.to_owned());
    };
    let parts = sent.zip(one).zip(other);
    let parts = parts.map(|(((key, sent), (_, one)), (_, other))| {
        let value = if one.get() == sent.get() { other } else { one };
        (key, Some(Cow::<RawValue>::Owned(value.to_owned())))
    });
    match joined(RawValue::NULL, parts.collect(), ["{", "}"])? {
        Cow::Owned(merged) => Some(merged),
        Cow::Borrowed(_) => None,
    }
}

/// A list or an object of these parts: what was sent, if none of them was written anew.
fn joined<'v>(
    sent: &'v RawValue,
    parts: Vec<(Option<Cow<'_, str>>, Value<'v>)>,
    [open, close]: [&str; 2],
) -> Value<'v> {
    let is_as_sent = |(_, value): &(_, Value<'v>)| matches!(value, Some(Cow::Borrowed(_)));
    if parts.iter().all(is_as_sent) {
        return Some(Cow::Borrowed(sent));
    }
    let mut text = open.to_owned();
    for (index, (key, value)) in parts.into_iter().enumerate() {
        let value = value?;
        if index > 0 {
            text.push(',');
        }
        if let Some(key) = key {
            text.push_str(&serde_json::to_string(&key).ok()?);
            text.push(':');
        }
        text.push_str(value.get());
    }
    text.push_str(close);
    RawValue::from_string(text).ok().map(Cow::Owned)
}
