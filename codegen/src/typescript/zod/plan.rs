//! Which schemas there are, under which names, and in which order: each behind those that it mentions.

use std::collections::{BTreeMap, BTreeSet};

use rowcast_schema::Contract;
use rowcast_schema::contract::{Shape, TypeDefinition};

use crate::typescript::names::member;

/// A named type with one way of reading it.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    pub(super) definition: &'a TypeDefinition,
    pub(super) lenient: bool,
    /// Whether it is the payload of a call.
    pub(super) payload: bool,
}

impl Planned<'_> {
    /// The name of its constant.
    pub(super) fn constant(&self, plan: &Plan<'_>) -> String {
        plan.constant(&self.definition.name, self.lenient)
    }

    /// Calls `see` with each type that its schema mentions.
    pub(super) fn each_name(&self, see: &mut impl FnMut(&str)) {
        let own = self.definition.brand_of.as_ref();
        own.unwrap_or(&self.definition.shape)
            .each_name(&mut |name| see(name));
    }
}

/// All schemas, in the order of their declarations.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) schemas: Vec<Planned<'a>>,
    definitions: BTreeMap<&'a str, &'a TypeDefinition>,
    /// Types that are read in both ways.
    both: BTreeSet<&'a str>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(contract: &'a Contract) -> Self {
        let definitions: BTreeMap<&str, &TypeDefinition> = contract
            .types()
            .iter()
            .map(|definition| (definition.name.as_str(), definition))
            .collect();
        let mut search = Search {
            definitions: &definitions,
            seen: BTreeSet::new(),
            schemas: Vec::new(),
        };
        for resource in contract.resources() {
            let name = &resource.name;
            search.visit(name, false, false);
            for input in [format!("New{name}"), format!("{name}Patch")] {
                if let Some((input, _)) = definitions.get_key_value(input.as_str()) {
                    search.visit(input, resource.lenient, true);
                }
            }
        }
        for command in contract.commands() {
            if let (false, Shape::Named(name)) = (command.empty, &command.payload) {
                search.visit(name, command.lenient, true);
            }
            command
                .ack
                .each_name(&mut |name| search.visit(name, false, false));
        }
        for event in contract.events() {
            event
                .payload
                .each_name(&mut |name| search.visit(name, false, false));
        }
        let schemas = search.schemas;
        let read = |lenient: bool| -> BTreeSet<&str> {
            schemas
                .iter()
                .filter(|planned| planned.lenient == lenient)
                .map(|planned| planned.definition.name.as_str())
                .collect()
        };
        let both = read(true).intersection(&read(false)).copied().collect();
        Self {
            schemas,
            definitions,
            both,
        }
    }

    /// The name of the constant for a type.
    pub(super) fn constant(&self, name: &str, lenient: bool) -> String {
        let prefix = if self.both.contains(name) && lenient && self.is_lenient(name) {
            "lenient_"
        } else {
            ""
        };
        format!("{}Schema", member(&format!("{prefix}{name}")))
    }

    /// Whether anything in the type is read in another way when it is read leniently.
    fn is_lenient(&self, name: &str) -> bool {
        is_lenient(&self.definitions, name, &mut BTreeSet::new())
    }
}

fn is_lenient<'a>(
    definitions: &BTreeMap<&'a str, &'a TypeDefinition>,
    name: &str,
    seen: &mut BTreeSet<String>,
) -> bool {
    let Some(definition) = definitions.get(name) else {
        return false;
    };
    if !seen.insert(name.to_owned()) {
        return false;
    }
    let mut inner = false;
    definition
        .shape
        .each_name(&mut |name| inner |= is_lenient(definitions, name, seen));
    inner || has_scalar(&definition.shape)
}

fn has_scalar(shape: &Shape) -> bool {
    match shape {
        Shape::Scalar(_) => true,
        Shape::List(inner) | Shape::Map(inner) | Shape::Checked(inner, _) => has_scalar(inner),
        Shape::Tuple(parts) | Shape::Union(parts) | Shape::Intersection(parts) => {
            parts.iter().any(has_scalar)
        }
        Shape::Open(properties, rest) => {
            has_scalar(rest)
                || properties
                    .iter()
                    .any(|property| has_scalar(&property.shape))
        }
        Shape::Object(properties) => properties
            .iter()
            .any(|property| has_scalar(&property.shape)),
        _ => false,
    }
}

struct Search<'s, 'a> {
    definitions: &'s BTreeMap<&'a str, &'a TypeDefinition>,
    seen: BTreeSet<(&'a str, bool)>,
    schemas: Vec<Planned<'a>>,
}

impl<'a> Search<'_, 'a> {
    fn visit(&mut self, name: &str, lenient: bool, payload: bool) {
        let Some((name, definition)) = self.definitions.get_key_value(name) else {
            return;
        };
        // One schema serves both ways where there is nothing to be lenient with.
        let lenient = lenient && is_lenient(self.definitions, name, &mut BTreeSet::new());
        if !self.seen.insert((name, lenient)) {
            return;
        }
        definition
            .shape
            .each_name(&mut |inner| self.visit(inner, lenient, false));
        self.schemas.push(Planned {
            definition,
            lenient,
            payload,
        });
    }
}
