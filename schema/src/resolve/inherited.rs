//! Refuses properties that every object of JavaScript has already.
//!
//! A client that asks an object for such a property gets a function where none was sent: what may be left out is found to be
//! wrong, and TypeScript refuses `{}`. `{ "__proto__": … }` in a program says what the object inherits from.

use std::collections::BTreeSet;

use super::finding::Findings;
use super::types::Reached;
use crate::contract::Shape;
use crate::description::{Description, Place};

/// The properties of `Object.prototype`.
const INHERITED: [&str; 12] = [
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// Whether every object of JavaScript has a member of this name.
pub(super) fn is_inherited(name: &str) -> bool {
    INHERITED.contains(&name)
}

pub(super) fn check_properties(
    description: &Description,
    types: &[Reached<'_>],
    findings: &mut Findings,
) {
    let mut known = BTreeSet::new();
    for resource in &description.resources {
        for field in resource.fields.iter().filter(|field| !field.hidden) {
            check(
                &resource.name,
                &field.wire_name,
                &resource.declared_at,
                findings,
            );
        }
        // The fields of these are the resource's.
        known.extend(resource.type_names());
    }
    for reached in types {
        let name = &reached.definition.name;
        if !known.contains(name) {
            let mut properties = BTreeSet::new();
            collect(&reached.definition.shape, &mut properties);
            for property in properties {
                check(name, property, reached.place, findings);
            }
        }
    }
}

fn check(owner: &str, property: &str, place: &Place, findings: &mut Findings) {
    if is_inherited(property) {
        findings.add(
            "inherited-property",
            place,
            format!("`{owner}` has the property `{property}`, which every object of JavaScript has already"),
            "rename it, or only its name on the wire by `#[serde(rename = \"…\")]`",
        );
    }
}

/// The properties of all objects in the shape. What it refers to by name is a type of its own.
fn collect<'s>(shape: &'s Shape, found: &mut BTreeSet<&'s str>) {
    match shape {
        Shape::List(inner) | Shape::Map(inner) | Shape::Checked(inner, _) => collect(inner, found),
        Shape::Tuple(parts) | Shape::Union(parts) | Shape::Intersection(parts) => {
            parts.iter().for_each(|part| collect(part, found));
        }
        Shape::Object(properties) => collect_all(properties, found),
        Shape::Open(properties, rest) => {
            collect_all(properties, found);
            collect(rest, found);
        }
        Shape::Any
        | Shape::Never
        | Shape::Null
        | Shape::Literal(_)
        | Shape::Named(_)
        | Shape::Scalar(_) => {}
    }
}

fn collect_all<'s>(properties: &'s [crate::contract::Property], found: &mut BTreeSet<&'s str>) {
    for property in properties {
        found.insert(&property.name);
        collect(&property.shape, found);
    }
}
