//! From a [`Description`] to a [`Contract`], or to all that is wrong with it.
//!
//! Each module settles one thing and pushes [`Finding`]s; nothing stops at the first. A contract is given only when
//! there is no finding at all.

mod ambiguous;
mod clashes;
mod columns;
mod dependents;
mod deprecations;
mod distinct;
mod endless;
mod events;
mod field_access;
mod finding;
mod first_rows;
mod impossible;
mod inherited;
mod integers;
mod keys;
mod keywords;
mod names;
mod readers;
mod relations;
mod rules;
mod scopes;
mod seen_by;
mod shapes;
mod storage;
mod styles;
mod types;
mod unread;

pub(crate) use endless::has_endless_type;
pub use finding::{Finding, Findings};
pub(crate) use keywords::{KEY_CODES, LENGTH_UNIT, TEXT_CODES};

use crate::contract::{Contract, Field, FieldKind, Resource, Shape, TypeDefinition};
use crate::description::{Description, FieldDescription, FieldRules, ResourceDescription};
use crate::rule::Rule;
use rules::{Role, with_field_rules};
use seen_by::Sent;
use types::{Direction, Types};

/// The type that a JSON Schema of an input stands for, with the names of its `$defs`.
pub(crate) fn input_shape(schema: &serde_json::Value) -> Shape {
    shapes::shape(schema, &str::to_owned)
}

/// An input with the rules that the macros saw.
pub(crate) fn ruled_input(shape: Shape, rules: &[FieldRules]) -> Shape {
    let named: Vec<(&str, &[Rule])> = rules
        .iter()
        .map(|field| (field.wire_name.as_str(), field.rules.as_slice()))
        .collect();
    with_field_rules(shape, Role::Whole, &named)
}

/// Settles every name, type and event of a schema.
///
/// # Errors
/// Everything that is inconsistent, each with its place and remedy.
pub fn resolve(description: &Description) -> Result<Contract, Findings> {
    let mut findings = Findings::default();
    let Some(description) = distinct::distinct(description, &mut findings) else {
        return Err(findings.sorted());
    };
    let description = &*description;
    let types = Types::of(description);
    let mut resources: Vec<Resource> = description
        .resources
        .iter()
        .map(|resource| resolve_resource(description, resource, &types, &mut findings))
        .collect();
    styles::check_style(description, &mut findings);
    for resource in &resources {
        names::check_plural(resource, &mut findings);
    }
    let views = relations::resolve_views(description, &mut resources, &mut findings);
    first_rows::check_first_rows(description, &mut findings);
    scopes::check_scopes(&resources, &mut findings);
    storage::check_storage(&resources, &mut findings);
    storage::check_server_names(description, &views, &mut findings);
    dependents::resolve_dependents(&mut resources, &views);
    let mut commands = events::resolve_commands(description, &types);
    let events = events::resolve_events(description, &types);
    events::check_events(&resources, &commands, &events, &mut findings);
    let calls = (commands.as_slice(), events.as_slice());
    clashes::check_items(description, &resources, &views, calls, &mut findings);
    let reached = types.reached(description);
    if !description.wide_integers_as_numbers {
        integers::check_types(description, &reached, &mut findings);
    }
    ambiguous::check_choices(&reached, &mut findings);
    impossible::check_rules(description, &mut findings);
    unread::check_unread(description, &mut findings);
    unread::check_objects(description, &reached, &mut findings);
    endless::check_endless(&reached, &mut findings);
    inherited::check_properties(description, &reached, &mut findings);
    let definitions: Vec<TypeDefinition> = reached
        .into_iter()
        .map(|reached| reached.definition)
        .collect();
    names::check_types(description, &definitions, &mut findings);
    readers::check_readers(description, &resources, &views, &definitions, &mut findings);
    let sent = Sent::of(&definitions, &resources, &views);
    field_access::check_events(&sent, &events, &mut findings);
    field_access::resolve_field_access(&sent, &mut resources, &mut commands, &mut findings);
    if findings.is_empty() {
        let name = description.name.clone();
        Ok(Contract {
            name,
            resources,
            views,
            commands,
            events,
            types: definitions,
        })
    } else {
        Err(findings.sorted())
    }
}

fn resolve_resource(
    description: &Description,
    resource: &ResourceDescription,
    types: &Types<'_>,
    findings: &mut Findings,
) -> Resource {
    let singular = names::snake(&resource.name);
    let plural = names::plural_of(resource);
    let list = resource.list.as_deref().unwrap_or(&plural);
    let fields = resource
        .fields
        .iter()
        .map(|field| resolve_field(description, resource, field, types, findings))
        .collect::<Vec<_>>();
    Resource {
        keys: keys::resolve_keys(resource, &fields, findings),
        name: resource.name.clone(),
        calls: events::calls(resource, &description.event_style, &singular, &plural),
        changes_event: events::wire(&format!("{list}:changes")),
        list_event: events::wire(list),
        refresh_on_request: resource.refresh_on_request,
        access: resource.access.clone(),
        scope: scopes::resolve_scope(description, resource, &fields),
        singular,
        plural,
        doc: resource.doc.clone(),
        deprecated: resource.deprecated.clone(),
        declared_at: resource.declared_at.clone(),
        lenient: resource.lenient || description.lenient,
        id_kind: columns::id_kind(resource, findings),
        fields,
        dependents: Vec::new(),
        seen_by: Vec::new(),
        set_by: Vec::new(),
    }
}

fn resolve_field(
    description: &Description,
    resource: &ResourceDescription,
    field: &FieldDescription,
    types: &Types<'_>,
    findings: &mut Findings,
) -> Field {
    let kind = match &field.relation {
        Some(relation) => {
            relations::resolve_relation(description, resource, field, relation, findings)
        }
        None if field.id => FieldKind::Id,
        None => {
            columns::check_stamp(resource, field, findings);
            columns::check_integer(resource, field, findings);
            if !description.wide_integers_as_numbers {
                integers::check_field(resource, field, findings);
            }
            let shape = types.property(Direction::Output, &resource.row, &field.wire_name);
            FieldKind::Column(columns::column(field, shape.as_ref(), types))
        }
    };
    Field {
        name: field.name.clone(),
        wire_name: field.wire_name.clone(),
        line: field.line,
        doc: field.doc.clone(),
        rust_type: field.rust_type.clone(),
        optional: field.optional,
        settable: !field.id
            && !field.hidden
            && !field.read_only
            && field.stamp.is_none()
            && !matches!(kind, FieldKind::HasMany { .. }),
        stamp: field.stamp,
        hidden: field.hidden,
        kind,
    }
}
