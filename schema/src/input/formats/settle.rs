//! Checks the texts of formats in a JSON value by its shape, and writes them in the form that the types' parsers read.

use std::borrow::Cow;

use serde_json::value::{RawValue, to_raw_value};

use super::super::Reading;
use super::super::json::Json;
use super::Known;
use crate::contract::{NumberFormat, Property, Scalar, Shape, TextFormat};
use crate::field_error::{ExpectedType, FieldCode, FieldErrors};
use crate::formats::of_number;

/// How often each byte of a value may be looked at: enough for the deepest that is read, too little to be kept busy by
/// choices within choices, each of which is tried.
const LOOKS_PER_BYTE: usize = 128;

/// The same for all of a small value, in bytes.
const LOOKS_AT_LEAST: usize = 10_000;

/// One walk through a value.
pub(super) struct Settling<'k> {
    known: &'k Known,
    reading: Reading,
    looks_left: usize,
    pub(super) errors: FieldErrors,
}

/// A value as it was sent or as it was written anew; nothing after an error was noted.
type Value<'v> = Option<Cow<'v, RawValue>>;

impl<'k> Settling<'k> {
    pub(super) fn new(known: &'k Known, reading: Reading, value: &RawValue) -> Self {
        Self {
            known,
            reading,
            looks_left: LOOKS_AT_LEAST + value.get().len() * LOOKS_PER_BYTE,
            errors: FieldErrors::default(),
        }
    }

    fn refuse<'v>(&mut self, path: &str, code: FieldCode) -> Value<'v> {
        self.errors.add(path, code);
        None
    }

    /// Checks one value. What its shape does not describe is left to serde.
    pub(super) fn value<'v>(&mut self, shape: &Shape, sent: &'v RawValue, path: &str) -> Value<'v> {
        if !self.known.checks(shape) {
            return Some(Cow::Borrowed(sent));
        }
        let Some(left) = self.looks_left.checked_sub(sent.get().len()) else {
            return self.refuse(path, FieldCode::Invalid);
        };
        self.looks_left = left;
        match shape {
            Shape::Checked(inner, _) => self.value(inner, sent, path),
            Shape::Named(name) => match self.known.named.get(name) {
                Some(shape) => self.value(shape, sent, path),
                None => Some(Cow::Borrowed(sent)),
            },
            Shape::Scalar(Scalar::Text(format)) => self.text(*format, sent, path),
            Shape::Scalar(Scalar::Number(format)) => self.number(*format, sent, path),
            Shape::List(item) => self.items(sent, path, |_| Some(item)),
            Shape::Tuple(places) => self.items(sent, path, |index| places.get(index)),
            Shape::Map(value) => self.entries(sent, path, |_| Some(value)),
            Shape::Object(properties) => self.entries(sent, path, |key| property(properties, key)),
            Shape::Open(properties, rest) => self.entries(sent, path, |key| {
                property(properties, key).or(Some(&**rest))
            }),
            Shape::Union(members) => self.union(members, sent, path),
            Shape::Intersection(parts) => self.intersection(parts, sent, path),
            _ => Some(Cow::Borrowed(sent)),
        }
    }

    fn text<'v>(&mut self, format: TextFormat, sent: &'v RawValue, path: &str) -> Value<'v> {
        let text = match Json::of(sent) {
            Json::Text(_) => Json::text(sent),
            // A form's number where text is meant; decimals have numbers beside them.
            Json::Number(digits) if self.reading == Reading::Lenient => Some(digits.into()),
            _ => return Some(Cow::Borrowed(sent)),
        };
        let Some(text) = text else {
            return Some(Cow::Borrowed(sent));
        };
        match format.read(&text) {
            None => self.refuse(path, FieldCode::Format { format }),
            Some(read) if *read == *text => Some(Cow::Borrowed(sent)),
            Some(read) => written(&read),
        }
    }

    fn number<'v>(&mut self, format: NumberFormat, sent: &'v RawValue, path: &str) -> Value<'v> {
        let Json::Number(digits) = Json::of(sent) else {
            return Some(Cow::Borrowed(sent));
        };
        match format {
            NumberFormat::Decimal => match of_number(digits) {
                Some(text) => written(&text),
                None => {
                    let format = TextFormat::Decimal;
                    self.refuse(path, FieldCode::Format { format })
                }
            },
            // What `as f32` makes infinite would come back as null.
            NumberFormat::Single if digits.parse().is_ok_and(is_beyond_single) => {
                let expected = ExpectedType::Number;
                self.refuse(path, FieldCode::Type { expected })
            }
            NumberFormat::Single | NumberFormat::Double => Some(Cow::Borrowed(sent)),
        }
    }

    fn items<'v, 's>(
        &mut self,
        sent: &'v RawValue,
        path: &str,
        shape_of: impl Fn(usize) -> Option<&'s Shape>,
    ) -> Value<'v> {
        let Json::List(items) = Json::of(sent) else {
            return Some(Cow::Borrowed(sent));
        };
        let settled = items.enumerate().map(|(index, item)| {
            let shape = shape_of(index);
            let settled = match shape {
                Some(shape) => self.value(shape, item, &format!("{path}[{index}]")),
                None => Some(Cow::Borrowed(item)),
            };
            (None, settled)
        });
        // All are checked, so that all errors are noted.
        let settled: Vec<_> = settled.collect();
        joined(sent, settled, ["[", "]"])
    }

    fn entries<'v, 's>(
        &mut self,
        sent: &'v RawValue,
        path: &str,
        shape_of: impl Fn(&str) -> Option<&'s Shape>,
    ) -> Value<'v> {
        let Json::Object(entries) = Json::of(sent) else {
            return Some(Cow::Borrowed(sent));
        };
        let settled = entries.map(|(key, value)| {
            let shape = key.as_deref().and_then(&shape_of);
            let settled = match (shape, &key) {
                (Some(shape), Some(key)) => self.value(shape, value, &format!("{path}.{key}")),
                _ => Some(Cow::Borrowed(value)),
            };
            (Some(key), settled)
        });
        let settled: Vec<_> = settled.collect();
        joined(sent, settled, ["{", "}"])
    }

    /// The first member that takes the value, as serde tries them; the errors of a member that alone could be meant.
    fn union<'v>(&mut self, members: &[Shape], sent: &'v RawValue, path: &str) -> Value<'v> {
        let could_be: Vec<&Shape> = members
            .iter()
            .filter(|member| self.could_be(member, sent))
            .collect();
        let own = std::mem::take(&mut self.errors);
        let mut refused = Vec::new();
        for member in &could_be {
            match self.value(member, sent, path) {
                Some(settled) => {
                    self.errors = own;
                    return Some(settled);
                }
                None => refused.push(std::mem::take(&mut self.errors)),
            }
        }
        self.errors = own;
        match refused.pop() {
            // Serde knows what such a value is lacking.
            None => Some(Cow::Borrowed(sent)),
            Some(only) if refused.is_empty() => {
                self.errors.extend(only);
                None
            }
            Some(_) => self.refuse(path, FieldCode::Invalid),
        }
    }

    fn intersection<'v>(&mut self, parts: &[Shape], sent: &'v RawValue, path: &str) -> Value<'v> {
        let mut settled = Cow::Borrowed(sent);
        for part in parts {
            let next = match self.value(part, &settled, path)? {
                Cow::Borrowed(_) => None,
                Cow::Owned(written) => Some(written),
            };
            if let Some(written) = next {
                settled = Cow::Owned(written);
            }
        }
        Some(settled)
    }

    /// Whether a value has the JSON type of a shape, and the constants in it.
    fn could_be(&self, shape: &Shape, sent: &RawValue) -> bool {
        let json = Json::of(sent);
        match shape {
            Shape::Any => true,
            Shape::Never => false,
            Shape::Null => matches!(json, Json::Null),
            Shape::Literal(literal) => {
                serde_json::from_str::<serde_json::Value>(sent.get()).is_ok_and(|it| it == *literal)
            }
            Shape::Scalar(scalar) => match scalar {
                Scalar::Boolean => matches!(json, Json::Bool(_)),
                Scalar::Integer(_) | Scalar::Number(_) => matches!(json, Json::Number(_)),
                Scalar::Text(_) => matches!(json, Json::Text(_)),
                Scalar::Bytes => matches!(json, Json::Object(_)),
            },
            Shape::List(_) | Shape::Tuple(_) => matches!(json, Json::List(_)),
            Shape::Map(_) => matches!(json, Json::Object(_)),
            Shape::Object(properties) | Shape::Open(properties, _) => {
                let Json::Object(entries) = json else {
                    return false;
                };
                properties.iter().all(|property| {
                    match (entries.clone().find(&property.name), &property.shape) {
                        (None, _) => property.optional,
                        (Some(value), literal @ (Shape::Literal(_) | Shape::Never)) => {
                            self.could_be(literal, value)
                        }
                        (Some(_), _) => true,
                    }
                })
            }
            Shape::Union(members) => members.iter().any(|member| self.could_be(member, sent)),
            Shape::Intersection(parts) => parts.iter().all(|part| self.could_be(part, sent)),
            Shape::Checked(inner, _) => self.could_be(inner, sent),
            Shape::Named(name) => {
                let named = self.known.named.get(name);
                named.is_none_or(|shape| self.could_be(shape, sent))
            }
        }
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

/// A list or an object of these parts: what was sent, if none of them was written anew.
fn joined<'v>(
    sent: &'v RawValue,
    parts: Vec<(Option<Option<Cow<'_, str>>>, Value<'v>)>,
    [open, close]: [&str; 2],
) -> Value<'v> {
    let are_as_sent = parts
        .iter()
        .all(|(key, value)| matches!(value, Some(Cow::Borrowed(_))) && !matches!(key, Some(None)));
    if are_as_sent {
        return Some(Cow::Borrowed(sent));
    }
    let mut text = open.to_owned();
    for (index, (key, value)) in parts.into_iter().enumerate() {
        let value = value?;
        if index > 0 {
            text.push(',');
        }
        if let Some(key) = key {
            // A key that names no character is refused by serde.
            let Some(key) = key else {
                return Some(Cow::Borrowed(sent));
            };
            text.push_str(&serde_json::to_string(&key).ok()?);
            text.push(':');
        }
        text.push_str(value.get());
    }
    text.push_str(close);
    RawValue::from_string(text).ok().map(Cow::Owned)
}
