//! Named types as declarations.

use rowcast_schema::Contract;
use rowcast_schema::contract::{Property, Shape, TypeDefinition};

use super::names::property_key;
use super::types::{INDEX, fitted, others};
use super::view::{Body, Declaration, PropertyLine};
use crate::english::one;

pub(super) fn declare(definition: &TypeDefinition) -> Declaration<'_> {
    let name = definition.name.as_str();
    let body = match &definition.shape {
        Shape::Object(properties) if !properties.is_empty() => {
            Body::Interface(properties.iter().map(property_line).collect())
        }
        Shape::Open(properties, rest) => {
            let mut lines: Vec<PropertyLine<'_>> = properties.iter().map(property_line).collect();
            lines.push(PropertyLine {
                doc: "",
                key: "[key: string]".to_owned(),
                optional: false,
                text: fitted(&others(properties, rest), 2 + INDEX.len(), 2, 1),
            });
            Body::Interface(lines)
        }
        shape => Body::Alias(fitted(shape, "export type  =".len() + name.len(), 0, 1)),
    };
    Declaration {
        name,
        doc: definition.doc.clone(),
        body,
    }
}

fn property_line(property: &Property) -> PropertyLine<'_> {
    let key = property_key(&property.name);
    let column = 2 + key.len() + usize::from(property.optional) + 1;
    PropertyLine {
        doc: &property.doc,
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
    let mut declaration = declare(definition);
    let target = contract
        .resources()
        .iter()
        .find(|resource| definition.name == format!("{}Ref", resource.name));
    if let Some(resource) = target {
        declaration.doc = format!("Names {} in inputs.", one(&resource.singular));
    }
    declaration
}
