//! The choices of two unions side by side: which of the newer one stands for which of the older one.

use std::collections::BTreeMap;

use rowcast_schema::contract::{Property, Scalar, Shape, TextFormat};

use super::named::{Types, resolved};

/// What became of the choices of a union.
pub(super) struct Aligned<'s> {
    /// What tells the choice from others, the older one, and the newer one.
    pub(super) pairs: Vec<(String, &'s Shape, &'s Shape)>,
    /// Those that no newer one stands for.
    pub(super) lost: Vec<String>,
    /// Those that no older one stands for.
    pub(super) gained: Vec<String>,
}

struct Choice<'s> {
    tag: String,
    written: &'s Shape,
    resolved: Shape,
}

/// Finds for each choice at most one of the other union: best the same, else one with its tag, else a similar object.
pub(super) fn align<'s>(types: &Types<'_>, old: &'s [Shape], new: &'s [Shape]) -> Aligned<'s> {
    let (mut older, mut newer) = (choices(types.older, old), choices(types.newer, new));
    let (all_older, all_newer) = (resolved_of(&older), resolved_of(&newer));
    let mut pairs = Vec::new();
    for is_alike in [is_same, has_same_tag, has_common_key] {
        older.retain(|choice| {
            let found = newer.iter().position(|other| is_alike(choice, other));
            let found = found.map(|at| newer.remove(at).written);
            pairs.extend(found.map(|other| (choice.tag.clone(), choice.written, other)));
            found.is_none()
        });
    }
    Aligned {
        pairs,
        lost: uncovered(older, &all_newer),
        gained: uncovered(newer, &all_older),
    }
}

fn choices<'s>(types: &BTreeMap<String, Shape>, members: &'s [Shape]) -> Vec<Choice<'s>> {
    let choice = |member: &'s Shape| {
        let resolved = resolved(types, member).shape;
        Choice {
            tag: tag_of(types, &resolved),
            written: member,
            resolved,
        }
    };
    members.iter().map(choice).collect()
}

fn resolved_of(choices: &[Choice<'_>]) -> Vec<Shape> {
    choices
        .iter()
        .map(|choice| choice.resolved.clone())
        .collect()
}

/// Untagged choices can have the same tag, but hardly the same type.
fn is_same(left: &Choice<'_>, right: &Choice<'_>) -> bool {
    left.written == right.written
}

fn has_same_tag(left: &Choice<'_>, right: &Choice<'_>) -> bool {
    left.tag == right.tag
}

/// An object without a tag is recognised by its keys, some of which may have come or gone.
fn has_common_key(left: &Choice<'_>, right: &Choice<'_>) -> bool {
    match (&left.resolved, &right.resolved) {
        (Shape::Object(left), Shape::Object(right)) => {
            literal_key(left).is_none()
                && literal_key(right).is_none()
                && left
                    .iter()
                    .any(|own| right.iter().any(|other| own.name == other.name))
        }
        _ => false,
    }
}

/// The tags of choices whose values are in none of `others`.
fn uncovered(choices: Vec<Choice<'_>>, others: &[Shape]) -> Vec<String> {
    choices
        .into_iter()
        .filter(|choice| !others.iter().any(|other| covers(other, &choice.resolved)))
        .map(|choice| choice.tag)
        .collect()
}

/// Whether all values of `narrow` are values of the scalar `wide`.
pub(super) fn covers(wide: &Shape, narrow: &Shape) -> bool {
    let Shape::Scalar(wide) = wide else {
        return false;
    };
    match (wide, narrow) {
        (Scalar::Boolean, Shape::Literal(value)) => value.is_boolean(),
        (Scalar::Number(_), Shape::Literal(value)) => value.is_number(),
        (Scalar::Text(TextFormat::Plain), Shape::Literal(value)) => value.is_string(),
        (Scalar::Number(_), Shape::Scalar(Scalar::Integer(_)))
        | (Scalar::Text(TextFormat::Plain), Shape::Scalar(Scalar::Text(_))) => true,
        _ => false,
    }
}

/// What tells a choice from the others: its literal, its tag, its only key, or the kind of its type.
fn tag_of(types: &BTreeMap<String, Shape>, choice: &Shape) -> String {
    match choice {
        Shape::Literal(value) => value.to_string(),
        Shape::Object(properties) => literal_key(properties).unwrap_or_else(|| {
            properties
                .iter()
                .map(|property| property.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        }),
        Shape::Intersection(parts) => parts
            .iter()
            .map(|part| tag_of(types, &resolved(types, part).shape))
            .find(|tag| tag.contains(": "))
            .unwrap_or_else(|| "object".to_owned()),
        Shape::Scalar(Scalar::Boolean) => "boolean".to_owned(),
        Shape::Scalar(Scalar::Integer(_) | Scalar::Number(_)) => "number".to_owned(),
        Shape::Scalar(Scalar::Text(_)) => "text".to_owned(),
        Shape::Scalar(Scalar::Bytes) => "bytes".to_owned(),
        Shape::List(_) | Shape::Tuple(_) => "list".to_owned(),
        _ => "object".to_owned(),
    }
}

/// The key that always has the same value, with that value.
fn literal_key(properties: &[Property]) -> Option<String> {
    properties
        .iter()
        .find_map(|property| match &property.shape {
            Shape::Literal(value) => Some(format!("{}: {value}", property.name)),
            _ => None,
        })
}
