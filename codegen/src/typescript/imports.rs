//! Which file holds which type, and what a file must import.

use std::collections::{BTreeMap, BTreeSet};

use rowcast_schema::Contract;
use rowcast_schema::contract::{Shape, TypeDefinition};

use super::names::natural_order;
use super::runtime::Part;

/// Which file, without ending, holds which named types.
#[derive(Debug)]
pub(super) struct Modules<'a> {
    of: BTreeMap<&'a str, &'a str>,
    /// The types of each file, in the order of the contract.
    types: BTreeMap<&'a str, Vec<&'a TypeDefinition>>,
    /// What resources are created and changed by.
    inputs: BTreeSet<String>,
}

impl<'a> Modules<'a> {
    pub(super) fn of(contract: &'a Contract) -> Self {
        let mut own: BTreeMap<String, &str> = BTreeMap::new();
        let mut inputs = BTreeSet::new();
        for resource in contract.resources() {
            let name = &resource.name;
            let of_resource = [name.clone(), format!("New{name}"), format!("{name}Patch")];
            inputs.extend(of_resource[1..].iter().cloned());
            own.extend(of_resource.map(|name| (name, resource.plural.as_str())));
            // A type of the user's can have the name that a branded id would have.
            let id = format!("{name}Id");
            let is_brand = |own: &&TypeDefinition| own.name == id && own.brand_of.is_some();
            if contract.types().iter().any(|own| is_brand(&own)) {
                own.insert(id, &resource.plural);
            }
        }
        for command in contract.commands() {
            if let Shape::Named(name) = &command.payload {
                own.entry(name.clone()).or_insert("commands");
            }
        }
        let mut modules = Self {
            of: BTreeMap::new(),
            types: BTreeMap::new(),
            inputs,
        };
        for definition in contract.types() {
            let name = definition.name.as_str();
            let module = own.get(name).copied().unwrap_or("types");
            modules.of.insert(name, module);
            modules.types.entry(module).or_default().push(definition);
        }
        modules
    }

    pub(super) fn module_of(&self, name: &str) -> Option<&'a str> {
        self.of.get(name).copied()
    }

    /// The file with the paths of an input of this name: that of its resource, or of the commands that take it.
    pub(super) fn paths_in(&self, input: &str) -> &'a str {
        match self.module_of(input) {
            Some(module) if self.is_input(input) => module,
            _ => "commands",
        }
    }

    /// Whether a resource is created or changed by a type of this name.
    pub(super) fn is_input(&self, name: &str) -> bool {
        self.inputs.contains(name)
    }

    /// The types that stand in `module`, in the order of the contract.
    pub(super) fn types_in(&self, module: &str) -> &[&'a TypeDefinition] {
        self.types.get(module).map_or(&[], Vec::as_slice)
    }
}

/// The imports of one file.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// By module.
    names: BTreeMap<String, Names>,
    /// A part of the runtime, and what its statement begins with.
    fixed: Option<(Part, &'static str)>,
}

/// What is imported from a module, or exported again: one statement has both types and values.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Names {
    types: BTreeSet<String>,
    values: BTreeSet<String>,
}

impl Names {
    pub(super) fn of<T: Into<String>>(
        types: impl IntoIterator<Item = T>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            types: types.into_iter().map(Into::into).collect(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.types.is_empty() && self.values.is_empty()
    }

    /// `import { type A, B } from "./x.js";`, or `export`, on one line: it is broken when its ending is known.
    pub(super) fn clause(&self, keyword: &str, module: &str) -> String {
        let (types, values) = (self.types.iter(), self.values.iter());
        let mut names: Vec<(&String, &str)> = types.map(|name| (name, "type ")).collect();
        let keyword = match self.values.is_empty() {
            true => {
                names.iter_mut().for_each(|(_, mark)| *mark = "");
                format!("{keyword} type")
            }
            false => keyword.to_owned(),
        };
        names.extend(values.map(|name| (name, "")));
        names.sort_by(|(left, _), (right, _)| natural_order(left, right));
        let names: Vec<String> = names
            .into_iter()
            .map(|(name, mark)| format!("{mark}{name}"))
            .collect();
        format!(
            "{keyword} {{ {} }} from \"./{module}.js\";",
            names.join(", ")
        )
    }
}

impl Imports {
    /// Imports the client runtime as `rowcast`, for its types only.
    pub(super) fn runtime_types(self) -> Self {
        self.namespace(Part::Client, "import type * as rowcast")
    }

    /// Imports the client runtime as `rowcast`.
    pub(super) fn runtime(self) -> Self {
        self.namespace(Part::Client, "import * as rowcast")
    }

    /// Imports what validation schemas are made of, as `is`.
    pub(super) fn validation(self) -> Self {
        self.namespace(Part::Zod, "import * as is")
    }

    /// Imports what React hooks are made of, as `hooks`.
    pub(super) fn hooks(self) -> Self {
        self.namespace(Part::React, "import * as hooks")
    }

    fn namespace(mut self, part: Part, clause: &'static str) -> Self {
        self.fixed = Some((part, clause));
        self
    }

    pub(super) fn type_from(&mut self, module: &str, name: &str) {
        self.from(module).types.insert(name.to_owned());
    }

    pub(super) fn value_from(&mut self, module: &str, name: &str) {
        self.from(module).values.insert(name.to_owned());
    }

    fn from(&mut self, module: &str) -> &mut Names {
        self.names.entry(module.to_owned()).or_default()
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
        let mut statements: BTreeMap<&str, String> = self
            .names
            .iter()
            .map(|(module, names)| (module.as_str(), names.clause("import", module)))
            .collect();
        if let Some((part, clause)) = self.fixed {
            let module = part.module();
            statements.insert(module, format!("{clause} from \"./{module}.js\";"));
        }
        statements.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_has_one_statement_for_types_and_values() {
        let both = Names::of(["CoachList", "Coach"], ["coaches"]);
        assert_eq!(
            both.clause("import", "coaches"),
            r#"import { type Coach, coaches, type CoachList } from "./coaches.js";"#
        );
        let types = Names::of(["Day"], []);
        assert_eq!(
            types.clause("export", "types"),
            r#"export type { Day } from "./types.js";"#
        );
    }
}
