//! `zod.ts`: a schema for every type that travels, with the rules and texts of the server.

mod pattern;
mod plan;
mod schema;

use std::collections::BTreeSet;

use askama::Template;
use rowcast_schema::Contract;
use rowcast_schema::contract::Shape;

use super::expression::Expression;
use super::imports::{Imports, Modules};
use super::view::{SchemaConstant, ZodFile};
use crate::output::OutputFile;
use crate::{RenderError, declared_in};
use plan::{Plan, Planned};
use schema::Builder;

/// Renders the schemas.
///
/// # Errors
/// Only when the template fails to print, which is a fault of this crate.
pub(super) fn render(
    contract: &Contract,
    modules: &Modules<'_>,
) -> Result<OutputFile, RenderError> {
    let plan = Plan::of(contract);
    let mut imports = Imports::default();
    if !plan.schemas.is_empty() {
        imports = imports.validation();
    }
    let mut declared = BTreeSet::new();
    let mut constants = Vec::new();
    for planned in &plan.schemas {
        let name = planned.definition.name.as_str();
        if let Some(module) = modules.module_of(name) {
            imports.type_from(module, name);
        }
        let constant = constant(&plan, planned, &declared);
        declared.insert(constant.name.clone());
        constants.push(constant);
    }
    let body = ZodFile {
        uses_zod: constants
            .iter()
            .any(|constant| constant.text.contains("z.never()")),
        imports: imports.statements(),
        constants,
    }
    .render()?;
    Ok(OutputFile::new(
        "zod.ts",
        "all its types",
        &declared_in(contract),
        &body,
    ))
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
        Some(own) => {
            let own = builder.schema(own);
            Expression::call(&format!("is.branded<{type_name}>"), vec![own])
        }
        None => builder.declared(type_name, shape, planned.payload),
    };
    let name = plan.constant(type_name, planned.lenient);
    let kind = match shape {
        Shape::Object(properties) if !properties.is_empty() => "ObjectType",
        _ => "Type",
    };
    let head = format!("export const {name}: is.{kind}<{type_name}> =");
    SchemaConstant {
        doc: match planned.lenient {
            true => {
                format!("A {{@link {type_name}}} as forms send it: text may be meant as a number.")
            }
            false => String::new(),
        },
        text: schema.declared(&head),
        name,
    }
}
