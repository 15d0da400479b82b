//! `zod.ts`: a schema for every type that travels, with the rules and texts of the server.
//!
//! The schemas of a file of types stand in one beside it, `coaches.zod.ts`, and `zod.ts` exports them all: compilers take
//! the longer for a name the more variables are declared before it.

mod checks;
mod files;
mod pattern;
mod plan;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use rowcast_schema::Contract;
use rowcast_schema::contract::Shape;

use super::expression::Expression;
use super::imports::{Imports, Modules, Names};
use super::runtime::Part;
use super::view::{IndexFile, SchemaConstant, SchemasFile};
use crate::output::OutputFile;
use crate::{RenderError, declared_in};
use files::Files;
use plan::{Plan, Planned};
use schema::Builder;

/// Renders the schemas.
///
/// # Errors
/// Only when a template fails to print, which is a fault of this crate.
pub(super) fn render(
    contract: &Contract,
    modules: &Modules<'_>,
) -> Result<Vec<OutputFile>, RenderError> {
    let plan = Plan::of(contract);
    let files = Files::of(&plan, modules);
    let mut rendered = Vec::new();
    let module = Part::Zod.module();
    let of_errors = Names::of([], ["fieldCodes", "fieldErrors"]);
    let mut exports = BTreeMap::from([(module.to_owned(), of_errors.clause("export", module))]);
    for module in files.modules() {
        rendered.push(schemas_file(contract, modules, &plan, &files, module)?);
        let schemas = files.schemas_in(module).iter();
        let constants = schemas.map(|planned| planned.constant(&plan));
        let file = file_of(module);
        let clause = Names::of([], constants).clause("export", &file);
        exports.insert(file, clause);
    }
    let exports = exports.into_values().collect();
    let text = IndexFile { exports }.render()?;
    rendered.push(OutputFile::new(
        "zod.ts",
        "all its types",
        &declared_in(contract),
        &text,
    ));
    Ok(rendered)
}

/// The file, without ending, with the schemas of a module's types.
fn file_of(module: &str) -> String {
    format!("{module}.zod")
}

fn schemas_file(
    contract: &Contract,
    modules: &Modules<'_>,
    plan: &Plan<'_>,
    files: &Files<'_, '_>,
    module: &str,
) -> Result<OutputFile, RenderError> {
    let mut imports = Imports::default().validation();
    let mut declared = BTreeSet::new();
    let mut constants = Vec::new();
    for planned in files.schemas_in(module) {
        let name = &planned.definition.name;
        imports.type_from(modules.module_of(name).unwrap_or(module), name);
        planned.each_name(&mut |name| {
            let constant = plan.constant(name, planned.lenient);
            if let Some(other) = files.module_of(name).filter(|other| *other != module) {
                if !files.form_circle(module, other) {
                    declared.insert(constant.clone());
                }
                imports.value_from(&file_of(other), &constant);
            }
        });
        let constant = constant(plan, planned, &declared);
        declared.insert(constant.name.clone());
        constants.push(constant);
    }
    let text = SchemasFile {
        uses_zod: constants
            .iter()
            .any(|constant| constant.text.contains("z.never()")),
        imports: imports.statements(),
        constants,
    }
    .render()?;
    let resource = contract.resources().iter().find(|one| one.plural == module);
    let path = format!("{}.ts", file_of(module));
    Ok(match resource {
        Some(resource) => {
            let source = format!("`{}`", resource.name);
            OutputFile::new(path, &source, &[&resource.declared_at.file], &text)
        }
        None => {
            let source = match module {
                "commands" => "its commands",
                _ => "the types that its items share",
            };
            OutputFile::new(path, source, &declared_in(contract), &text)
        }
    })
}

fn constant(plan: &Plan<'_>, planned: &Planned<'_>, declared: &BTreeSet<String>) -> SchemaConstant {
    let builder = Builder {
        plan,
        lenient: planned.lenient,
        declared,
    };
    let shape = &planned.definition.shape;
    let type_name = &planned.definition.name;
    let schema = match &planned.definition.brand_of {
        Some(own) => Expression::call("is.branded", vec![builder.schema(own)]),
        None => builder.declared(type_name, shape, planned.payload),
    };
    let name = planned.constant(plan);
    let kind = match shape {
        Shape::Object(properties) if !properties.is_empty() => "ObjectType",
        _ => "Type",
    };
    let head = format!("export const {name}: is.{kind}<{type_name}> =");
    SchemaConstant {
        doc: match planned.lenient {
            true => {
                format!(
                    "Schema of {{@link {type_name}}} for forms: takes text where a number is expected."
                )
            }
            false => String::new(),
        },
        text: schema.declared(&head),
        name,
    }
}
