//! Names the types that travel: one name where a type is sent and accepted alike, two where not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::deprecations::{Notes, add_notes, notes};
use super::field_access::{FieldAccesses, with_readers, with_writers};
use super::rules::{Role, with_field_rules};
use super::shapes::{deprecated, doc, references, shape};
use crate::contract::{Shape, TypeDefinition};
use crate::description::{Description, Place};
use crate::rule::Rule;

/// Which way a value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the server.
    Output,
    /// From a client.
    Input,
}

/// The JSON Schemas of a description, with the knowledge which of them differ by direction.
#[derive(Debug)]
pub(super) struct Types<'a> {
    output: &'a Map<String, Value>,
    input: &'a Map<String, Value>,
    split: BTreeSet<&'a str>,
    access: FieldAccesses<'a>,
}

impl<'a> Types<'a> {
    pub(super) fn of(description: &'a Description) -> Self {
        let Description { output, input, .. } = description;
        let mut split: BTreeSet<&str> = output
            .iter()
            .filter(|(name, schema)| input.get(*name).is_some_and(|other| other != *schema))
            .map(|(name, _)| name.as_str())
            .collect();
        // What is left out for some is not left out by those who send it.
        let access = FieldAccesses::of(description);
        let shown = access.shown.keys().copied();
        let shown = shown.filter(|name| input.contains_key(*name));
        split.extend(shown);
        // A type that mentions a split one is split too, though its own schema is the same.
        loop {
            let mentioning: Vec<&str> = output
                .iter()
                .filter(|(name, _)| input.contains_key(*name) && !split.contains(name.as_str()))
                .filter(|(_, schema)| references(schema).iter().any(|name| split.contains(name)))
                .map(|(name, _)| name.as_str())
                .collect();
            if mentioning.is_empty() {
                return Self {
                    output,
                    input,
                    split,
                    access,
                };
            }
            split.extend(mentioning);
        }
    }

    /// The type that a schema of the description stands for.
    pub(super) fn shape(&self, direction: Direction, schema: &Value) -> Shape {
        shape(schema, &|name| self.name(direction, name))
    }

    /// The type of a property of the object that `schema` stands for.
    pub(super) fn property(
        &self,
        direction: Direction,
        schema: &Value,
        name: &str,
    ) -> Option<Shape> {
        let object = match references(schema).first() {
            Some(definition) => self.schemas(direction).get(*definition)?,
            None => schema,
        };
        object
            .get("properties")?
            .get(name)
            .map(|property| self.shape(direction, property))
    }

    /// What the named type is that the server sends.
    pub(super) fn output(&self, name: &str) -> Option<Shape> {
        self.output
            .get(name)
            .map(|schema| self.shape(Direction::Output, schema))
    }

    /// All types that can be reached from what is registered, in the order in which they are met.
    pub(super) fn reached<'d>(&self, description: &'d Description) -> Vec<Reached<'d>> {
        let mut found = Search {
            types: self,
            rules: field_rules(description),
            notes: notes(description),
            patches: description
                .resources
                .iter()
                .flat_map(|resource| references(&resource.patch))
                .collect(),
            seen: BTreeSet::new(),
            list: Vec::new(),
        };
        for resource in &description.resources {
            let place = &resource.declared_at;
            found.reach(Direction::Output, &resource.row, place);
            found.reach(Direction::Input, &resource.new, place);
            found.reach(Direction::Input, &resource.patch, place);
        }
        for command in &description.commands {
            if !command.empty {
                found.reach(Direction::Input, &command.payload, &command.declared_at);
            }
            found.reach(Direction::Output, &command.ack, &command.declared_at);
        }
        for event in &description.events {
            found.reach(Direction::Output, &event.payload, &event.declared_at);
        }
        found.list
    }

    fn schemas(&self, direction: Direction) -> &'a Map<String, Value> {
        match direction {
            Direction::Output => self.output,
            Direction::Input => self.input,
        }
    }

    fn name(&self, direction: Direction, name: &str) -> String {
        match direction {
            Direction::Input if self.split.contains(name) => format!("{name}Input"),
            _ => name.to_owned(),
        }
    }
}

/// A type with the place of the item through which it was first met.
#[derive(Debug)]
pub(super) struct Reached<'d> {
    pub(super) definition: TypeDefinition,
    pub(super) place: &'d Place,
}

/// Wire names of fields with their rules.
type Rules<'d> = Vec<(&'d str, &'d [Rule])>;

/// The rules that the macros saw, by the name of the JSON Schema.
fn field_rules(description: &Description) -> BTreeMap<&str, Rules<'_>> {
    let mut found = BTreeMap::new();
    for resource in &description.resources {
        let fields = resource.fields.iter();
        let rules: Rules<'_> = fields
            .filter(|field| !field.rules.is_empty())
            .map(|field| (field.wire_name.as_str(), field.rules.as_slice()))
            .collect();
        for schema in [&resource.row, &resource.new, &resource.patch] {
            let names = references(schema);
            found.extend(names.first().map(|name| (*name, rules.clone())));
        }
    }
    for command in &description.commands {
        let fields = command.rules.iter();
        let rules = fields
            .map(|field| (field.wire_name.as_str(), field.rules.as_slice()))
            .collect();
        let names = references(&command.payload);
        found.extend(names.first().map(|name| (*name, rules)));
    }
    found
}

struct Search<'t, 'a, 'd> {
    types: &'t Types<'a>,
    rules: BTreeMap<&'d str, Rules<'d>>,
    notes: BTreeMap<&'d str, Notes<'d>>,
    patches: BTreeSet<&'d str>,
    seen: BTreeSet<String>,
    list: Vec<Reached<'d>>,
}

impl<'d> Search<'_, '_, 'd> {
    fn reach(&mut self, direction: Direction, schema: &Value, place: &'d Place) {
        for name in references(schema) {
            let full_name = self.types.name(direction, name);
            let Some(definition) = self.types.schemas(direction).get(name) else {
                continue;
            };
            if self.seen.insert(full_name.clone()) {
                let shape = self.types.shape(direction, definition);
                let shape = match self.rules.get(name) {
                    Some(rules) => {
                        let role = match direction {
                            Direction::Output => Role::Sent,
                            Direction::Input if self.patches.contains(name) => Role::Patch,
                            Direction::Input => Role::Whole,
                        };
                        with_field_rules(shape, role, rules)
                    }
                    None => shape,
                };
                let access = &self.types.access;
                let shape = match (direction, access.shown.get(name), access.taken.get(name)) {
                    (Direction::Output, Some(fields), _) => with_readers(shape, fields),
                    (Direction::Input, _, Some(fields)) => with_writers(shape, fields),
                    _ => shape,
                };
                let mut definition_of = TypeDefinition {
                    name: full_name,
                    doc: doc(definition),
                    deprecated: deprecated(definition),
                    shape,
                    brand_of: None,
                };
                if let Some(notes) = self.notes.get(name) {
                    add_notes(&mut definition_of, notes);
                }
                self.list.push(Reached {
                    definition: definition_of,
                    place,
                });
                self.reach(direction, definition, place);
            }
        }
    }
}
