//! Which file holds which type, and what a file must import.

use std::collections::{BTreeMap, BTreeSet};

use rowcast_schema::Contract;
use rowcast_schema::contract::{Shape, TypeDefinition};

use super::layout::names_clause;

/// The file without ending in which each named type stands.
#[derive(Debug)]
pub(super) struct Modules<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Modules<'a> {
    pub(super) fn of(contract: &'a Contract) -> Self {
        let mut modules: BTreeMap<&str, &str> = contract
            .types()
            .iter()
            .map(|definition| (definition.name.as_str(), "types"))
            .collect();
        for command in contract.commands() {
            if let Shape::Named(name) = &command.payload {
                modules.insert(name, "commands");
            }
        }
        for resource in contract.resources() {
            for definition in contract.types() {
                let own = [
                    resource.name.clone(),
                    format!("New{}", resource.name),
                    format!("{}Patch", resource.name),
                ];
                if own.contains(&definition.name) {
                    modules.insert(&definition.name, &resource.plural);
                }
            }
        }
        Self(modules)
    }

    pub(super) fn module_of(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    /// The types that stand in `module`, in the order of the contract.
    pub(super) fn types_in(&self, contract: &'a Contract, module: &str) -> Vec<&'a TypeDefinition> {
        contract
            .types()
            .iter()
            .filter(|definition| self.module_of(&definition.name) == Some(module))
            .collect()
    }
}

/// The imports of one file.
#[derive(Debug, Default)]
pub(super) struct Imports {
    types: BTreeMap<String, BTreeSet<String>>,
    values: BTreeMap<String, BTreeSet<String>>,
    /// A module of the fixed files, with its statement.
    fixed: Option<(&'static str, &'static str)>,
}

impl Imports {
    /// Imports the client runtime as `rowcast`, for its types only.
    pub(super) fn runtime_types(mut self) -> Self {
        let statement = "import type * as rowcast from \"./rowcast.js\";";
        self.fixed = Some(("rowcast", statement));
        self
    }

    /// Imports the client runtime as `rowcast`.
    pub(super) fn runtime(mut self) -> Self {
        self.fixed = Some(("rowcast", "import * as rowcast from \"./rowcast.js\";"));
        self
    }

    /// Imports what validation schemas are made of, as `is`.
    pub(super) fn validation(mut self) -> Self {
        self.fixed = Some(("validation", "import * as is from \"./validation.js\";"));
        self
    }

    pub(super) fn type_from(&mut self, module: &str, name: &str) {
        self.types
            .entry(module.to_owned())
            .or_default()
            .insert(name.to_owned());
    }

    pub(super) fn value_from(&mut self, module: &str, name: &str) {
        self.values
            .entry(module.to_owned())
            .or_default()
            .insert(name.to_owned());
    }

    /// Imports the named types in `shape` that do not stand in `own`.
    pub(super) fn shape(&mut self, shape: &Shape, own: &str, modules: &Modules<'_>) {
        shape.each_name(&mut |name| {
            if let Some(module) = modules.module_of(name).filter(|module| *module != own) {
                self.type_from(module, name);
            }
        });
    }

    /// The statements, sorted by module.
    pub(super) fn statements(&self) -> Vec<String> {
        let mut statements: BTreeMap<(&str, u8), String> = BTreeMap::new();
        for (rank, keyword, names) in [(0, "import type", &self.types), (1, "import", &self.values)]
        {
            for (module, names) in names {
                let names: Vec<String> = names.iter().cloned().collect();
                statements.insert((module, rank), names_clause(keyword, &names, module));
            }
        }
        if let Some((module, statement)) = self.fixed {
            statements.insert((module, 0), statement.to_owned());
        }
        statements.into_values().collect()
    }
}
