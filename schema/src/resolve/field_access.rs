//! Who sees and sets single fields: noted at the types that have them, and refused where that can't be kept.

use std::collections::BTreeMap;

use super::finding::Findings;
use super::seen_by::{Seen, Sent};
use super::shapes::references;
use crate::contract::{Command, Event, Property, Resource, Shape};
use crate::description::{Allowed, Description, FieldAccess, Place};

/// The fields of one type that only some callers see or set, by wire name.
pub(super) type Fields<'d> = Vec<(&'d str, &'d FieldAccess)>;

/// What rows and views show and what inputs take, by the name of the JSON Schema.
#[derive(Debug, Default)]
pub(super) struct FieldAccesses<'d> {
    pub(super) shown: BTreeMap<&'d str, Fields<'d>>,
    pub(super) taken: BTreeMap<&'d str, Fields<'d>>,
}

impl<'d> FieldAccesses<'d> {
    pub(super) fn of(description: &'d Description) -> Self {
        let mut found = Self::default();
        for resource in &description.resources {
            let with_access = resource.fields.iter().filter(|field| {
                let FieldAccess { read, write } = &field.access;
                limit(read).or(limit(write)).is_some()
            });
            let fields: Fields<'d> = with_access
                .map(|field| (field.wire_name.as_str(), &field.access))
                .collect();
            if fields.is_empty() {
                continue;
            }
            let is_seen_by_all = fields
                .iter()
                .all(|(_, access)| limit(&access.read).is_none());
            if let Some(name) = references(&resource.row)
                .first()
                .filter(|_| !is_seen_by_all)
            {
                found.shown.insert(name, fields.clone());
            }
            for schema in [&resource.new, &resource.patch] {
                if let Some(name) = references(schema).first() {
                    found.taken.insert(name, fields.clone());
                }
            }
        }
        found.add_views(description);
        found
    }

    /// A view shows a field to those who see it in the row.
    fn add_views(&mut self, description: &'d Description) {
        let fields = description
            .resources
            .iter()
            .flat_map(|resource| &resource.fields);
        for shows in fields.filter_map(|field| Some(&field.relation.as_ref()?.shows)) {
            let of = description
                .resources
                .iter()
                .find(|own| own.name == shows.of);
            let Some(of) = of.filter(|of| of.name != shows.name) else {
                continue;
            };
            let shown = shows.fields.iter().filter_map(|shown| {
                let field = of.fields.iter().find(|field| field.name == shown.name)?;
                limit(&field.access.read)?;
                Some((shown.wire_name.as_str(), &field.access))
            });
            let shown: Fields<'d> = shown.collect();
            if !shown.is_empty() {
                self.shown.insert(&shows.name, shown);
            }
        }
    }
}

/// A row or a view in which fields are left out for those who do not see them.
pub(super) fn with_readers(mut shape: Shape, fields: &Fields<'_>) -> Shape {
    each_property(&mut shape, fields, &mut |property, access| {
        if let Some(read) = limit(&access.read) {
            let note = format!("Seen by {read}; left out for others.");
            property.optional = true;
            property.access = Some(read.clone());
            add_note(&mut property.doc, &note);
        }
    });
    shape
}

/// An input with a note of who may set which field.
pub(super) fn with_writers(mut shape: Shape, fields: &Fields<'_>) -> Shape {
    each_property(&mut shape, fields, &mut |property, access| {
        if let Some(write) = limit(&access.write) {
            property.access = Some(write.clone());
            add_note(&mut property.doc, &format!("Only set by {write}."));
        }
    });
    shape
}

fn add_note(doc: &mut String, note: &str) {
    if !doc.is_empty() {
        doc.push_str("\n\n");
    }
    doc.push_str(note);
}

fn each_property(
    shape: &mut Shape,
    fields: &Fields<'_>,
    note: &mut dyn FnMut(&mut Property, &FieldAccess),
) {
    match shape {
        Shape::Object(properties) | Shape::Open(properties, _) => {
            for property in properties {
                let found = fields.iter().find(|(name, _)| *name == property.name);
                if let Some((_, access)) = found {
                    note(property, access);
                }
            }
        }
        Shape::Checked(inner, _) => each_property(inner, fields, note),
        _ => {}
    }
}

/// What is sent to every socket can't leave out fields for some.
pub(super) fn check_events(sent: &Sent<'_>, events: &[Event], findings: &mut Findings) {
    for event in events {
        let seen = sent.seen_by(&event.payload);
        if let Some(field) = seen.fields.first() {
            findings.add(
                "event-shows",
                &event.declared_at,
                format!(
                    "`{}` is told to everybody, but shows `{}`, which only {} may see",
                    event.name,
                    field.path.join("."),
                    field.access
                ),
                "tell the id of the row, or a type without that field",
            );
        }
        check(&event.name, &event.declared_at, &seen, findings);
    }
}

/// Settles which fields are left out of what, and which are looked at in inputs.
pub(super) fn resolve_field_access(
    sent: &Sent<'_>,
    resources: &mut [Resource],
    commands: &mut [Command],
    findings: &mut Findings,
) {
    for resource in resources {
        let seen = sent.seen_by(&Shape::Named(resource.name.clone()));
        check(&resource.name, &resource.declared_at, &seen, findings);
        resource.seen_by = seen.fields;
        resource.set_by = sent.set_by(&format!("New{}", resource.name));
    }
    for command in commands {
        let seen = sent.seen_by(&command.ack);
        check(&command.name, &command.declared_at, &seen, findings);
        command.seen_by = seen.fields;
    }
}

/// Refuses what hides fields from those who look for them.
fn check(item: &str, place: &Place, seen: &Seen, findings: &mut Findings) {
    let limited = "has fields that only some may see";
    if let Some(row) = &seen.flattened {
        findings.add(
            "row-flattened",
            place,
            format!(
                "what `{item}` sends has all fields of `{row}` among its own, and `{row}` {limited}"
            ),
            "keep the row in a field of its own, without `flatten`",
        );
    }
    let recursive = seen.recursive.as_ref();
    if let Some(inner) = recursive.filter(|_| !seen.fields.is_empty()) {
        findings.add(
            "field-access-recursive",
            place,
            format!("what `{item}` sends {limited}, and `{inner}` in it contains itself"),
            "show rows without these fields there, by a view",
        );
    }
}

/// A rule that leaves out some callers.
fn limit(rule: &Option<Allowed>) -> Option<&Allowed> {
    rule.as_ref().filter(|rule| **rule != Allowed::Anyone)
}
