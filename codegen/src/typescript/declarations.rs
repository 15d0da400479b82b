//! Named types as declarations.

use rowcast_schema::Contract;
use rowcast_schema::contract::{Property, Shape, TypeDefinition};

use super::names::property_key;
use super::types::{INDEX, READONLY, fitted, others};
use super::view::{Body, Declaration, PropertyLine};
use crate::doc::with_deprecation;
use crate::english::one;

/// What is done with the values of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// They are put together and sent: fields may be set one by one.
    Input,
    /// They are shown, or parts of what is.
    Shown,
}

pub(super) fn declare(definition: &TypeDefinition, used: Use) -> Declaration<'_> {
    let property_line = |property| property_line(property, used);
    let name = definition.name.as_str();
    let body = match &definition.shape {
        Shape::Object(properties) if !properties.is_empty() => {
            Body::Interface(properties.iter().map(property_line).collect())
        }
        Shape::Open(properties, rest) => {
            let mut lines: Vec<PropertyLine> = properties.iter().map(property_line).collect();
            lines.push(PropertyLine {
                doc: String::new(),
                key: INDEX.trim_end_matches(':').to_owned(),
                optional: false,
                text: fitted(&others(properties, rest), 2 + INDEX.len(), 2, 1),
            });
            Body::Interface(lines)
        }
        shape => Body::Alias(fitted(shape, "export type  =".len() + name.len(), 0, 1)),
    };
    Declaration {
        name,
        doc: with_deprecation(&definition.doc, definition.deprecated.as_deref()),
        body,
    }
}

fn property_line(property: &Property, used: Use) -> PropertyLine {
    let mut key = property_key(&property.name);
    if used == Use::Shown {
        key.insert_str(0, READONLY);
    }
    let column = 2 + key.len() + usize::from(property.optional) + 1;
    PropertyLine {
        doc: with_deprecation(&property.doc, property.deprecated.as_deref()),
        optional: property.optional,
        text: fitted(&property.shape, column, 2, 1),
        key,
    }
}

/// A type that several items use; references say what they refer to.
pub(super) fn shared_type<'a>(
    contract: &Contract,
    definition: &'a TypeDefinition,
) -> Declaration<'a> {
    let mut declaration = declare(definition, Use::Shown);
    // If a view has the name of the reference, inputs have another one.
    let has_type = |name: String| contract.types().iter().any(|one| one.name == name);
    let in_inputs = definition.name.strip_suffix("RefInput");
    let plain = || {
        let of = definition.name.strip_suffix("Ref")?;
        (!has_type(format!("{of}RefInput"))).then_some(of)
    };
    let target = in_inputs.or_else(plain);
    let target = target.and_then(|of| contract.resources().iter().find(|one| one.name == of));
    if let Some(resource) = target {
        declaration.doc = format!("Refers to {} in inputs.", one(&resource.singular));
    }
    declaration
}
