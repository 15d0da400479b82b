//! The notes of what is deprecated: schemars tells only that it is.

use std::collections::BTreeMap;

use super::shapes::references;
use crate::contract::{Property, Shape, TypeDefinition};
use crate::description::Description;

/// What the macros saw of a type.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes<'d> {
    own: Option<&'d str>,
    /// By the wire name of the field.
    fields: BTreeMap<&'d str, &'d str>,
}

/// The notes of types, by the name of the JSON Schema.
pub(super) fn notes(description: &Description) -> BTreeMap<&str, Notes<'_>> {
    let resources = description.resources.iter().flat_map(|resource| {
        let notes = Notes {
            own: resource.deprecated.as_deref(),
            fields: resource
                .fields
                .iter()
                .filter_map(|field| noted(&field.wire_name, &field.deprecated))
                .collect(),
        };
        [&resource.row, &resource.new, &resource.patch].map(|schema| (schema, notes.clone()))
    });
    let commands = description.commands.iter().map(|command| {
        let fields = command.rules.iter();
        let notes = Notes {
            own: command.deprecated.as_deref(),
            fields: fields
                .filter_map(|field| noted(&field.wire_name, &field.deprecated))
                .collect(),
        };
        (&command.payload, notes)
    });
    let events = description.events.iter().map(|event| {
        let notes = Notes {
            own: event.deprecated.as_deref(),
            ..Notes::default()
        };
        (&event.payload, notes)
    });
    resources
        .chain(commands)
        .chain(events)
        .filter_map(|(schema, notes)| Some((*references(schema).first()?, notes)))
        .collect()
}

fn noted<'d>(name: &'d str, deprecated: &'d Option<String>) -> Option<(&'d str, &'d str)> {
    Some((name, deprecated.as_deref()?))
}

/// Says why what is deprecated is so.
pub(super) fn add_notes(definition: &mut TypeDefinition, notes: &Notes<'_>) {
    if let Some(note) = notes.own {
        definition.deprecated = Some(note.to_owned());
    }
    for property in properties(&mut definition.shape) {
        if let Some(note) = notes.fields.get(property.name.as_str()) {
            property.deprecated = Some((*note).to_owned());
        }
    }
}

fn properties(shape: &mut Shape) -> &mut [Property] {
    match shape {
        Shape::Object(properties) | Shape::Open(properties, _) => properties,
        Shape::Checked(inner, _) => properties(inner),
        _ => &mut [],
    }
}
