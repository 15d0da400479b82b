//! Types that are nothing but themselves, such as `struct Next(Option<Box<Next>>)`: no language can name them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::finding::Findings;
use super::input_shape;
use super::shapes::references;
use super::types::Reached;
use crate::contract::Shape;
use crate::references::decode_references;

/// Refuses types that lead back to themselves without a field, a list or a map in between.
pub(super) fn check_endless(types: &[Reached<'_>], findings: &mut Findings) {
    let shapes: BTreeMap<&str, &Shape> = types
        .iter()
        .map(|reached| (reached.definition.name.as_str(), &reached.definition.shape))
        .collect();
    for reached in types {
        let name = reached.definition.name.as_str();
        let mut seen = BTreeSet::new();
        if leads_to(&reached.definition.shape, name, &shapes, &mut seen) {
            findings.add(
                "endless-type",
                reached.place,
                format!("`{name}` is made of nothing but itself"),
                "give it a field: a struct with a named field for the inner value",
            );
        }
    }
}

/// Whether a JSON Schema mentions a type, at any depth, that leads back to itself.
pub(crate) fn has_endless_type(schema: &Value, definitions: &Map<String, Value>) -> bool {
    let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
    let mut mentioned = vec![schema.clone()];
    while let Some(mut schema) = mentioned.pop() {
        decode_references(&mut schema);
        for name in references(&schema) {
            if let (false, Some(definition)) = (shapes.contains_key(name), definitions.get(name)) {
                let mut definition = definition.clone();
                decode_references(&mut definition);
                shapes.insert(name.to_owned(), input_shape(&definition));
                mentioned.push(definition);
            }
        }
    }
    let by_name = shapes.iter().map(|(name, shape)| (name.as_str(), shape));
    let by_name: BTreeMap<&str, &Shape> = by_name.collect();
    shapes
        .iter()
        .any(|(name, shape)| leads_to(shape, name, &by_name, &mut BTreeSet::new()))
}

fn leads_to<'s>(
    shape: &'s Shape,
    goal: &str,
    shapes: &BTreeMap<&str, &'s Shape>,
    seen: &mut BTreeSet<&'s str>,
) -> bool {
    match shape {
        Shape::Named(name) if name == goal => true,
        Shape::Named(name) => {
            let inner = shapes.get(name.as_str()).filter(|_| seen.insert(name));
            inner.is_some_and(|inner| leads_to(inner, goal, shapes, seen))
        }
        Shape::Checked(inner, _) => leads_to(inner, goal, shapes, seen),
        Shape::Union(parts) | Shape::Intersection(parts) => {
            parts.iter().any(|part| leads_to(part, goal, shapes, seen))
        }
        _ => false,
    }
}
