//! Names the types that travel: one name where a type is sent and accepted alike, two where not.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::shapes::{doc, references, shape};
use crate::contract::{Shape, TypeDefinition};
use crate::description::Description;

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
}

impl<'a> Types<'a> {
    pub(super) fn of(description: &'a Description) -> Self {
        let Description { output, input, .. } = description;
        let mut split: BTreeSet<&str> = output
            .iter()
            .filter(|(name, schema)| input.get(*name).is_some_and(|other| other != *schema))
            .map(|(name, _)| name.as_str())
            .collect();
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
    pub(super) fn definitions(&self, description: &Description) -> Vec<TypeDefinition> {
        let mut found = Definitions {
            types: self,
            seen: BTreeSet::new(),
            list: Vec::new(),
        };
        for resource in &description.resources {
            found.reach(Direction::Output, &resource.row);
            found.reach(Direction::Input, &resource.new);
            found.reach(Direction::Input, &resource.patch);
        }
        for command in &description.commands {
            if !command.empty {
                found.reach(Direction::Input, &command.payload);
            }
            found.reach(Direction::Output, &command.ack);
        }
        for event in &description.events {
            found.reach(Direction::Output, &event.payload);
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

struct Definitions<'t, 'a> {
    types: &'t Types<'a>,
    seen: BTreeSet<String>,
    list: Vec<TypeDefinition>,
}

impl Definitions<'_, '_> {
    fn reach(&mut self, direction: Direction, schema: &Value) {
        for name in references(schema) {
            let full_name = self.types.name(direction, name);
            let Some(definition) = self.types.schemas(direction).get(name) else {
                continue;
            };
            if self.seen.insert(full_name.clone()) {
                let shape = self.types.shape(direction, definition);
                self.list.push(TypeDefinition {
                    name: full_name,
                    doc: doc(definition),
                    shape,
                });
                self.reach(direction, definition);
            }
        }
    }
}
