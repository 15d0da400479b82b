//! Where fields stand, in what is sent, that only some callers see.

use std::collections::BTreeMap;

use crate::contract::{FieldRule, Property, Resource, Shape, TypeDefinition, View};

/// What the server sends, by the names of the types.
#[derive(Debug)]
pub(super) struct Sent<'t> {
    shapes: BTreeMap<&'t str, &'t Shape>,
    /// Rows and views: the fields of those in which some see less than others, of the others none.
    rows: BTreeMap<&'t str, &'t [Property]>,
}

/// What was found in a type.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) fields: Vec<FieldRule>,
    /// A type on the way that contains itself; what is in there once more was not looked at.
    pub(super) recursive: Option<String>,
    /// A row whose fields stand among those of another type, which can't be told from fields of its own.
    pub(super) flattened: Option<String>,
}

impl<'t> Sent<'t> {
    pub(super) fn of(types: &'t [TypeDefinition], resources: &[Resource], views: &[View]) -> Self {
        let is_row = |name: &str| {
            resources.iter().any(|own| own.name == name) || views.iter().any(|own| own.name == name)
        };
        let named = types.iter().map(|own| (own.name.as_str(), &own.shape));
        let rows = named.clone().filter(|(name, _)| is_row(name));
        Self {
            rows: rows.map(|(name, shape)| (name, limited(shape))).collect(),
            shapes: named.collect(),
        }
    }

    /// The fields in a type that only some callers see.
    pub(super) fn seen_by(&self, shape: &Shape) -> Seen {
        let mut walk = Walk {
            sent: self,
            within: Vec::new(),
            path: Vec::new(),
            seen: Seen::default(),
        };
        if self.rows.values().any(|fields| !fields.is_empty()) {
            walk.shape(shape);
        }
        walk.seen
    }

    /// The fields of an input that only some callers may set: its own, not those of what it contains.
    pub(super) fn set_by(&self, input: &str) -> Vec<FieldRule> {
        let properties = self
            .shapes
            .get(input)
            .map_or(&[][..], |shape| fields(shape));
        properties.iter().filter_map(|own| rule(&[], own)).collect()
    }

    /// A row with fields that only some see, all of whose fields are among these.
    fn flattened_in(&self, properties: &[Property]) -> Option<&'t str> {
        let is_among = |field: &Property| {
            let mut own = properties.iter().filter(|own| own.name == field.name);
            own.any(|own| own.shape.without_rules() == field.shape.without_rules())
        };
        let limited = self.rows.iter().filter(|(_, fields)| !fields.is_empty());
        let mut found = limited.filter(|(_, fields)| fields.iter().all(is_among));
        found.next().map(|(name, _)| *name)
    }
}

/// The fields of a row, if some see less of them than others.
fn limited(shape: &Shape) -> &[Property] {
    let fields = fields(shape);
    match fields.iter().any(|field| field.access.is_some()) {
        true => fields,
        false => &[],
    }
}

fn fields(shape: &Shape) -> &[Property] {
    match shape {
        Shape::Object(properties) | Shape::Open(properties, _) => properties,
        Shape::Checked(inner, _) => fields(inner),
        _ => &[],
    }
}

struct Walk<'s, 't> {
    sent: &'s Sent<'t>,
    within: Vec<&'t str>,
    path: Vec<String>,
    seen: Seen,
}

impl Walk<'_, '_> {
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
        if self.within.contains(&name) {
            self.seen.recursive.get_or_insert_with(|| name.to_owned());
            return;
        }
        if let Some((&name, shape)) = self.sent.shapes.get_key_value(name) {
            self.within.push(name);
            self.shape(shape);
            self.within.pop();
        }
    }

    fn properties(&mut self, properties: &[Property]) {
        let is_row = self
            .within
            .last()
            .is_some_and(|name| self.sent.rows.contains_key(name));
        if !is_row && let Some(row) = self.sent.flattened_in(properties) {
            self.seen.flattened.get_or_insert_with(|| row.to_owned());
        }
        for property in properties {
            let fields = &mut self.seen.fields;
            if let Some(found) = rule(&self.path, property).filter(|found| !fields.contains(found))
            {
                fields.push(found);
            }
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
    let path = [path, std::slice::from_ref(&property.name)].concat();
    Some(FieldRule { path, access })
}
