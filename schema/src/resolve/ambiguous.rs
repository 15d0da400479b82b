//! Rejects choices in which a `bigint` can't be told from a text.
//!
//! Both travel as text: only the place of a value says which of them are to be a `bigint`.

use std::collections::BTreeMap;

use super::finding::Findings;
use super::types::Reached;
use crate::contract::{Property, Scalar, Shape, TextFormat};

/// Checks every choice in the named types.
pub(super) fn check_choices(types: &[Reached<'_>], findings: &mut Findings) {
    let shapes = types
        .iter()
        .map(|reached| (reached.definition.name.as_str(), &reached.definition.shape))
        .collect();
    let known = Known(shapes);
    for reached in types {
        if known.is_ambiguous(&reached.definition.shape) {
            findings.add(
                "ambiguous-bigint",
                reached.place,
                format!(
                    "`{}` has choices of which one is a `bigint` where another one is text, and they travel alike",
                    reached.definition.name
                ),
                "tag the choices (`#[serde(tag = \"…\")]`), or let the integer stay text by `Digits`",
            );
        }
    }
}

/// The named types.
struct Known<'a>(BTreeMap<&'a str, &'a Shape>);

impl<'a> Known<'a> {
    /// Whether the type has ambiguous choices itself; named types in it are checked by themselves.
    fn is_ambiguous(&self, shape: &'a Shape) -> bool {
        match shape {
            Shape::Union(members) => {
                self.are_alike(members) || members.iter().any(|member| self.is_ambiguous(member))
            }
            Shape::List(inner) | Shape::Map(inner) | Shape::Checked(inner, _) => {
                self.is_ambiguous(inner)
            }
            Shape::Tuple(parts) | Shape::Intersection(parts) => {
                parts.iter().any(|part| self.is_ambiguous(part))
            }
            Shape::Object(properties) => self.any_ambiguous(properties),
            Shape::Open(properties, rest) => {
                self.any_ambiguous(properties) || self.is_ambiguous(rest)
            }
            _ => false,
        }
    }

    fn any_ambiguous(&self, properties: &'a [Property]) -> bool {
        properties
            .iter()
            .any(|property| self.is_ambiguous(&property.shape))
    }

    /// Whether a choice has a `bigint` at a place where another one may have text.
    fn are_alike(&self, members: &'a [Shape]) -> bool {
        members.iter().enumerate().any(|(index, member)| {
            let others = || {
                let others = members.iter().enumerate();
                others.filter(move |(other, _)| *other != index)
            };
            self.has_bigint(member, 0)
                && others().any(|(_, other)| self.may_be_taken_for(other, member))
        })
    }

    /// Whether a value of `other` may look like one of `member`, which has a `bigint`.
    fn may_be_taken_for(&self, other: &'a Shape, member: &'a Shape) -> bool {
        match (self.resolved(other), self.resolved(member)) {
            (Shape::Scalar(Scalar::Text(format)), Shape::Scalar(_)) => {
                *format != TextFormat::BigInt
            }
            (Shape::Any, _) => true,
            (Shape::List(_) | Shape::Tuple(_), Shape::List(_) | Shape::Tuple(_)) => {
                is_other(other, member)
            }
            (other, member) => match (self.keys(other), self.keys(member)) {
                (Some(other), Some(member)) => self.share_a_key(&other, &member),
                _ => false,
            },
        }
    }

    /// Whether two objects have the same key, unless the value of one tells them apart.
    fn share_a_key(
        &self,
        other: &BTreeMap<&str, &'a Shape>,
        member: &BTreeMap<&str, &'a Shape>,
    ) -> bool {
        let is_tag = |(key, shape): (&&str, &&Shape)| {
            matches!(shape, Shape::Literal(_)) && other.get(key).is_some_and(|own| own != shape)
        };
        let differs = |(key, shape): (&&str, &&'a Shape)| {
            self.has_bigint(shape, 0) && other.get(key).is_some_and(|own| is_other(own, shape))
        };
        !member.iter().any(is_tag) && member.iter().any(differs)
    }

    /// The known keys of an object.
    fn keys(&self, shape: &'a Shape) -> Option<BTreeMap<&'a str, &'a Shape>> {
        match shape {
            Shape::Object(properties) | Shape::Open(properties, _) => {
                let entries = properties.iter();
                Some(entries.map(|one| (one.name.as_str(), &one.shape)).collect())
            }
            Shape::Intersection(parts) => {
                let parts = parts
                    .iter()
                    .filter_map(|part| self.keys(self.resolved(part)));
                Some(parts.flatten().collect())
            }
            _ => None,
        }
    }

    fn resolved(&self, shape: &'a Shape) -> &'a Shape {
        match shape {
            Shape::Checked(inner, _) => self.resolved(inner),
            Shape::Named(name) => match self.0.get(name.as_str()) {
                Some(inner) if *inner != shape => self.resolved(inner),
                _ => shape,
            },
            other => other,
        }
    }

    /// Whether there is a `bigint` in the type. Deeper than people nest types, it is recursive.
    fn has_bigint(&self, shape: &'a Shape, depth: u8) -> bool {
        let has = |shape: &'a Shape| self.has_bigint(shape, depth + 1);
        let one_has = |properties: &'a [Property]| properties.iter().any(|one| has(&one.shape));
        if depth > 8 {
            return false;
        }
        match self.resolved(shape) {
            Shape::Scalar(scalar) => *scalar == Scalar::Text(TextFormat::BigInt),
            Shape::List(inner) | Shape::Map(inner) => has(inner),
            Shape::Tuple(parts) | Shape::Union(parts) | Shape::Intersection(parts) => {
                parts.iter().any(has)
            }
            Shape::Object(properties) => one_has(properties),
            Shape::Open(properties, rest) => one_has(properties) || has(rest),
            _ => false,
        }
    }
}

/// Whether two types differ, whatever rules their values obey.
fn is_other(one: &Shape, other: &Shape) -> bool {
    one.without_rules() != other.without_rules()
}
