//! Which of several choices a value could be, by one level of it.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::super::json::Json;
use super::Known;
use crate::contract::{Property, Scalar, Shape};

/// One level of a value, read once for all choices.
pub(super) struct Level<'v> {
    sent: &'v RawValue,
    kind: Kind<'v>,
}

enum Kind<'v> {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object(Vec<(Cow<'v, str>, &'v RawValue)>),
}

impl<'v> Level<'v> {
    pub(super) fn of(sent: &'v RawValue) -> Self {
        let kind = match Json::of(sent) {
            Json::Null => Kind::Null,
            Json::Bool(_) => Kind::Boolean,
            Json::Number(_) => Kind::Number,
            Json::Text(_) => Kind::Text,
            Json::List(_) => Kind::List,
            Json::Object(entries) => {
                let named = entries.filter_map(|(key, value)| Some((key?, value)));
                Kind::Object(named.collect())
            }
        };
        Self { sent, kind }
    }

    /// Whether the value has the JSON type of a shape, its keys, and the constants in it.
    pub(super) fn could_be(&self, known: &Known, shape: &Shape) -> bool {
        match shape {
            Shape::Any => true,
            Shape::Never => false,
            Shape::Null => matches!(self.kind, Kind::Null),
            Shape::Literal(literal) => self.is_literal(literal),
            Shape::Scalar(scalar) => match scalar {
                Scalar::Boolean => matches!(self.kind, Kind::Boolean),
                Scalar::Integer(_) | Scalar::Number(_) => matches!(self.kind, Kind::Number),
                Scalar::Text(_) => matches!(self.kind, Kind::Text),
                Scalar::Bytes => matches!(self.kind, Kind::Object(_)),
            },
            Shape::List(_) | Shape::Tuple(_) => matches!(self.kind, Kind::List),
            Shape::Map(_) => matches!(self.kind, Kind::Object(_)),
            Shape::Object(properties) | Shape::Open(properties, _) => self.has_keys_of(properties),
            Shape::Union(members) => members.iter().any(|member| self.could_be(known, member)),
            Shape::Intersection(parts) => parts.iter().all(|part| self.could_be(known, part)),
            Shape::Checked(inner, _) => self.could_be(known, inner),
            Shape::Named(name) => {
                let named = known.named.get(name);
                named.is_none_or(|shape| self.could_be(known, shape))
            }
        }
    }

    fn is_literal(&self, literal: &serde_json::Value) -> bool {
        let is_value = matches!(self.kind, Kind::Boolean | Kind::Number | Kind::Text);
        let parse = serde_json::from_str::<serde_json::Value>;
        is_value && parse(self.sent.get()).is_ok_and(|value| value == *literal)
    }

    fn has_keys_of(&self, properties: &[Property]) -> bool {
        let Kind::Object(entries) = &self.kind else {
            return false;
        };
        // The last one counts.
        let find = |name: &str| entries.iter().rev().find(|(key, _)| key == name);
        properties
            .iter()
            .all(|property| match (find(&property.name), &property.shape) {
                (None, _) => property.optional,
                (Some((_, value)), Shape::Literal(literal)) => Level::of(value).is_literal(literal),
                (Some(_), Shape::Never) => false,
                (Some(_), _) => true,
            })
    }
}
