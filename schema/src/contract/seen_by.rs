//! Where fields stand, in what is sent, that not everybody sees.

use super::{Contract, Property, Shape, TypeDefinition};
use crate::description::Allowed;

/// A field that not everybody sees, or may set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldRule {
    /// The keys that lead to it; `*` is each key of a map. Lists need no step: it is in each of their items.
    pub path: Vec<String>,
    /// Who sees it, or may set it.
    pub access: Allowed,
}

impl Contract {
    /// The fields in a type that not everybody sees.
    pub fn seen_by(&self, shape: &Shape) -> Vec<FieldRule> {
        seen_by(&self.types, shape).fields
    }

    /// The fields of an input that not everybody may set; they are its own, not those of what it contains.
    pub fn set_by(&self, name: &str) -> Vec<FieldRule> {
        let definition = self.types.iter().find(|own| own.name == name);
        let shape = definition.map(|definition| definition.shape.without_rules());
        let Some(Shape::Object(properties) | Shape::Open(properties, _)) = shape else {
            return Vec::new();
        };
        properties
            .iter()
            .filter_map(|property| rule(&[], property))
            .collect()
    }
}

/// What was found in a type.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) fields: Vec<FieldRule>,
    /// A type on the way that contains itself; what is in there once more was not looked at.
    pub(crate) recursive: Option<String>,
}

pub(crate) fn seen_by(types: &[TypeDefinition], shape: &Shape) -> Seen {
    let mut walk = Walk {
        types,
        within: Vec::new(),
        path: Vec::new(),
        seen: Seen::default(),
    };
    walk.shape(shape);
    walk.seen
}

struct Walk<'t> {
    types: &'t [TypeDefinition],
    within: Vec<String>,
    path: Vec<String>,
    seen: Seen,
}

impl Walk<'_> {
    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Named(name) => self.named(name),
            Shape::List(inner) | Shape::Checked(inner, _) => self.shape(inner),
            Shape::Map(inner) => self.at("*", inner),
            Shape::Tuple(parts) | Shape::Union(parts) | Shape::Intersection(parts) => {
                parts.iter().for_each(|part| self.shape(part));
            }
            Shape::Object(properties) => self.properties(properties),
            Shape::Open(properties, rest) => {
                self.properties(properties);
                self.at("*", rest);
            }
            Shape::Any | Shape::Never | Shape::Null | Shape::Scalar(_) | Shape::Literal(_) => {}
        }
    }

    fn named(&mut self, name: &str) {
        if self.within.iter().any(|own| own == name) {
            self.seen.recursive.get_or_insert_with(|| name.to_owned());
            return;
        }
        let types = self.types;
        if let Some(definition) = types.iter().find(|own| own.name == name) {
            self.within.push(name.to_owned());
            self.shape(&definition.shape);
            self.within.pop();
        }
    }

    fn properties(&mut self, properties: &[Property]) {
        for property in properties {
            self.seen.fields.extend(
                rule(&self.path, property).filter(|found| !self.seen.fields.contains(found)),
            );
            self.at(&property.name, &property.shape);
        }
    }

    fn at(&mut self, key: &str, shape: &Shape) {
        self.path.push(key.to_owned());
        self.shape(shape);
        self.path.pop();
    }
}

fn rule(path: &[String], property: &Property) -> Option<FieldRule> {
    let access = property.access.clone()?;
    let path = path
        .iter()
        .cloned()
        .chain([property.name.clone()])
        .collect();
    Some(FieldRule { path, access })
}
