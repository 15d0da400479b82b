//! Which schemas stand in which file, and which files mention each other.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Plan, Planned};
use crate::typescript::imports::Modules;

/// The schemas by the module of their types.
#[derive(Debug)]
pub(super) struct Files<'p, 'a> {
    schemas: BTreeMap<&'a str, Vec<&'p Planned<'a>>>,
    module_of: BTreeMap<&'a str, &'a str>,
    /// The modules that each module's schemas mention, at once or through others.
    mentioned: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'p, 'a> Files<'p, 'a> {
    pub(super) fn of(plan: &'p Plan<'a>, modules: &Modules<'a>) -> Self {
        let mut files = Self {
            schemas: BTreeMap::new(),
            module_of: BTreeMap::new(),
            mentioned: BTreeMap::new(),
        };
        for planned in &plan.schemas {
            let name = planned.definition.name.as_str();
            // Types refer to the ids of resources, and resources to types: the files of both would form circles.
            let module = match planned.definition.brand_of {
                Some(_) => Some("types"),
                None => modules.module_of(name),
            };
            if let Some(module) = module {
                files.schemas.entry(module).or_default().push(planned);
                files.module_of.insert(name, module);
            }
        }
        let direct: BTreeMap<&str, BTreeSet<&str>> = files
            .schemas
            .iter()
            .map(|(module, schemas)| (*module, files.mentions(schemas)))
            .collect();
        files.mentioned = direct
            .keys()
            .map(|module| (*module, reached(module, &direct)))
            .collect();
        files
    }

    fn mentions(&self, schemas: &[&Planned<'a>]) -> BTreeSet<&'a str> {
        let mut modules = BTreeSet::new();
        for planned in schemas {
            planned.each_name(&mut |name| modules.extend(self.module_of(name)));
        }
        modules
    }

    pub(super) fn modules(&self) -> impl Iterator<Item = &'a str> {
        self.schemas.keys().copied()
    }

    /// The schemas of a module, each behind those that it mentions.
    pub(super) fn schemas_in(&self, module: &str) -> &[&'p Planned<'a>] {
        self.schemas.get(module).map_or(&[], Vec::as_slice)
    }

    pub(super) fn module_of(&self, name: &str) -> Option<&'a str> {
        self.module_of.get(name).copied()
    }

    /// Whether the files of two modules import each other: which one is evaluated first then depends on the application.
    pub(super) fn form_circle(&self, one: &str, other: &str) -> bool {
        let mentions = |from: &str, to: &str| {
            let mentioned = self.mentioned.get(from);
            mentioned.is_some_and(|modules| modules.contains(to))
        };
        mentions(one, other) && mentions(other, one)
    }
}

/// What can be reached from a module.
fn reached<'a>(module: &str, direct: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![module];
    while let Some(next) = open.pop() {
        for mentioned in direct.get(next).into_iter().flatten() {
            if reached.insert(*mentioned) {
                open.push(mentioned);
            }
        }
    }
    reached
}
