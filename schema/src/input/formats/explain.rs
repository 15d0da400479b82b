//! Says of a value that serde could not read what its shape expects.

use serde_path_to_error::{Path, Segment};

use super::Known;
use crate::contract::{Property, Scalar, Shape, TextFormat};
use crate::field_code::FieldCode;
use crate::rule::{Rule, WholeLimits};

/// What the shape says better than serde, which knows neither rules nor formats.
pub(super) fn code(
    known: &Known,
    shape: &Shape,
    path: &Path,
    found: &FieldCode,
) -> Option<FieldCode> {
    let mut shape = shape;
    for segment in path.iter() {
        shape = step(known, shape, segment)?;
    }
    let mut rules = Vec::new();
    let shape = value(known, shape, &mut rules)?;
    if shape.is_decimal() && *found == FieldCode::Invalid {
        let format = TextFormat::Decimal;
        return Some(FieldCode::Format { format });
    }
    match (shape, found) {
        (Shape::Scalar(Scalar::Text(format)), FieldCode::Invalid) if format.has_message() => {
            Some(FieldCode::Format { format: *format })
        }
        // A text with a format by a rule is text to serde.
        (Shape::Scalar(Scalar::Text(format)), FieldCode::Type { .. })
            if format.rule().is_some() =>
        {
            Some(FieldCode::Format { format: *format })
        }
        (Shape::Scalar(Scalar::Integer(format)), FieldCode::Integer { .. }) => {
            Some(FieldCode::integer(format.limits()?.narrowed(&rules)))
        }
        (
            Shape::Scalar(Scalar::Text(TextFormat::Digits | TextFormat::BigInt)),
            FieldCode::Integer { min, max },
        ) => {
            // Of a type inside of the field's type, only the reader knows the limits.
            let read = WholeLimits::of_code(min.as_ref(), max.as_ref());
            let limits = WholeLimits::of_digits(&rules).within(read.min, read.max);
            Some(FieldCode::integer(limits.narrowed(&rules)))
        }
        _ => None,
    }
}

/// The type of a part of a value.
fn step<'k>(known: &'k Known, shape: &'k Shape, segment: &Segment) -> Option<&'k Shape> {
    match (shape, segment) {
        (Shape::Named(name), _) => step(known, known.named.get(name)?, segment),
        (Shape::Checked(inner, _), _) => step(known, inner, segment),
        (Shape::Union(parts) | Shape::Intersection(parts), _) => {
            parts.iter().find_map(|part| step(known, part, segment))
        }
        (Shape::List(item), Segment::Seq { .. }) => Some(item),
        (Shape::Tuple(places), Segment::Seq { index }) => places.get(*index),
        // The path does not know keys that are names of an enum.
        (Shape::Map(value), Segment::Map { .. } | Segment::Unknown) => Some(value),
        (Shape::Object(properties), Segment::Map { key } | Segment::Enum { variant: key }) => {
            property(properties, key)
        }
        (Shape::Open(properties, rest), Segment::Map { key }) => {
            property(properties, key).or(Some(rest))
        }
        _ => None,
    }
}

fn property<'k>(properties: &'k [Property], key: &str) -> Option<&'k Shape> {
    let found = properties.iter().find(|property| property.name == key)?;
    Some(&found.shape)
}

/// The type itself, where it has a name or may be null, with the rules that it obeys.
fn value<'k>(known: &'k Known, shape: &'k Shape, rules: &mut Vec<Rule>) -> Option<&'k Shape> {
    match shape {
        Shape::Named(name) => value(known, known.named.get(name)?, rules),
        Shape::Checked(inner, own) => {
            rules.extend(own.iter().cloned());
            value(known, inner, rules)
        }
        Shape::Union(parts) => {
            let mut others = parts.iter().filter(|part| **part != Shape::Null);
            match (others.next(), others.next()) {
                (Some(only), None) => value(known, only, rules),
                (Some(first), Some(second)) if first.is_decimal() && second.is_decimal() => {
                    Some(first)
                }
                _ => None,
            }
        }
        other => Some(other),
    }
}
