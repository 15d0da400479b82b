//! Joins resources: what relations lead to, what they show, and which lists change with which rows.

use super::columns::is_id;
use super::finding::Findings;
use super::names::snake;
use crate::contract::{FieldKind, Relation, Resource, ShownColumn, View};
use crate::description::{
    Description, FieldDescription, RelationDescription, RelationKind, ResourceDescription,
    ShownDescription,
};

/// Resolves one relation. When something is wrong, what is returned is never used: a finding says so.
pub(super) fn resolve_relation(
    description: &Description,
    resource: &ResourceDescription,
    field: &FieldDescription,
    relation: &RelationDescription,
    findings: &mut Findings,
) -> FieldKind {
    let owner = snake(&resource.name);
    let target = find_target(description, resource, field, relation, findings);
    if relation.shows.of != relation.target {
        findings.add(
            "view-of-other",
            &resource.place_of(field),
            format!(
                "`{}.{}` leads to `{}`, but `{}` shows `{}`",
                resource.name, field.name, relation.target, relation.shows.name, relation.shows.of
            ),
            format!(
                "show it by `{}` or by a view with `#[view(of = {})]`",
                relation.target, relation.target
            ),
        );
    }
    let resolved = Relation {
        target: target.unwrap_or_default(),
        shows: relation.shows.name.clone(),
        on_delete: relation.on_delete,
        shown: relation.shown,
    };
    match relation.kind {
        RelationKind::BelongsTo => FieldKind::BelongsTo {
            relation: resolved,
            column: format!("{}_id", field.name),
        },
        RelationKind::ManyToMany => many_to_many(&owner, field, relation, resolved),
        RelationKind::HasMany => FieldKind::HasMany {
            column: target
                .and_then(|target| {
                    way_back(
                        resource,
                        field,
                        relation,
                        &description.resources[target],
                        findings,
                    )
                })
                .unwrap_or_default(),
            relation: resolved,
        },
    }
}

fn many_to_many(
    owner: &str,
    field: &FieldDescription,
    relation: &RelationDescription,
    to: Relation,
) -> FieldKind {
    let target = snake(&relation.target);
    // A row that refers to rows of its own kind needs two names for the two columns.
    let target_column = if target == owner {
        format!("other_{target}_id")
    } else {
        format!("{target}_id")
    };
    FieldKind::ManyToMany {
        relation: to,
        through: relation
            .through
            .clone()
            .unwrap_or_else(|| format!("{owner}_{}", field.name)),
        owner_column: format!("{owner}_id"),
        target_column,
    }
}

fn find_target(
    description: &Description,
    resource: &ResourceDescription,
    field: &FieldDescription,
    relation: &RelationDescription,
    findings: &mut Findings,
) -> Option<usize> {
    let target = description
        .resources
        .iter()
        .position(|other| other.name == relation.target);
    if target.is_none() {
        findings.add(
            "unregistered-target",
            &resource.place_of(field),
            format!(
                "`{}.{}` leads to `{}`, which is not registered",
                resource.name, field.name, relation.target
            ),
            format!("add `.resource::<{}>()` to the schema", relation.target),
        );
    }
    target
}

/// The column of the target that holds the id of the row here.
fn way_back(
    resource: &ResourceDescription,
    field: &FieldDescription,
    relation: &RelationDescription,
    target: &ResourceDescription,
    findings: &mut Findings,
) -> Option<String> {
    let leads_back = |other: &&FieldDescription| {
        other.relation.as_ref().is_some_and(|back| {
            back.kind == RelationKind::BelongsTo && back.target == resource.name
        }) && relation.via.as_ref().is_none_or(|via| *via == other.name)
    };
    let ways: Vec<&FieldDescription> = target.fields.iter().filter(leads_back).collect();
    if let [way] = ways.as_slice() {
        return Some(format!("{}_id", way.name));
    }
    let names: Vec<String> = ways.iter().map(|way| format!("`{}`", way.name)).collect();
    let (message, help) = if let (Some(via), true) = (&relation.via, ways.is_empty()) {
        (
            format!(
                "`{}.{}` has many `{}` via `{via}`, but `{}.{via}` does not belong to `{}`",
                resource.name, field.name, target.name, target.name, resource.name
            ),
            "name the field there that has `belongs_to`".to_owned(),
        )
    } else if ways.is_empty() {
        (
            format!(
                "`{}.{}` has many `{}`, but no field there belongs to `{}`",
                resource.name, field.name, target.name, resource.name
            ),
            format!(
                "add a field with `#[resource(belongs_to = {})]` to `{}`",
                resource.name, target.name
            ),
        )
    } else {
        (
            format!(
                "`{}.{}` has many `{}`, where {} lead back",
                resource.name,
                field.name,
                target.name,
                names.join(" and ")
            ),
            "say which by `via = \"…\"`".to_owned(),
        )
    };
    findings.add("way-back", &resource.place_of(field), message, help);
    None
}

/// Resolves what relations show, each view once.
pub(super) fn resolve_views(
    description: &Description,
    resources: &mut [Resource],
    findings: &mut Findings,
) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    let mut checked: Vec<&str> = Vec::new();
    for resource in &description.resources {
        for field in &resource.fields {
            let Some(relation) = &field.relation else {
                continue;
            };
            let Some(of) = resources
                .iter()
                .position(|other| other.name == relation.shows.of)
            else {
                continue;
            };
            if checked.contains(&relation.shows.name.as_str()) {
                continue;
            }
            checked.push(&relation.shows.name);
            if relation.shows.name == relation.shows.of {
                check_whole(resource, field, &resources[of], findings);
            } else {
                views.push(resolve_view(
                    &relation.shows,
                    of,
                    &description.resources[of],
                    findings,
                ));
            }
        }
    }
    views
}

/// Refuses to show a whole row that shows rows itself: a list would grow with the depth of its relations.
fn check_whole(
    resource: &ResourceDescription,
    field: &FieldDescription,
    target: &Resource,
    findings: &mut Findings,
) {
    if let Some(inner) = target
        .fields
        .iter()
        .find(|field| field.kind.relation().is_some())
    {
        findings.add(
            "nested-relation",
            &resource.place_of(field),
            format!(
                "`{}.{}` shows a whole `{}`, whose `{}` is a relation itself",
                resource.name, field.name, target.name, inner.name
            ),
            format!(
                "show it by a view of `{}` without `{}`",
                target.name, inner.name
            ),
        );
    }
}

fn resolve_view(
    shown: &ShownDescription,
    of: usize,
    target: &ResourceDescription,
    findings: &mut Findings,
) -> View {
    if !shown.fields.iter().any(|field| {
        target
            .fields
            .iter()
            .any(|own| own.id && own.name == field.name)
    }) {
        findings.add(
            "view-without-id",
            &shown.declared_at,
            format!(
                "the view `{}` lacks the id of `{}`",
                shown.name, target.name
            ),
            format!(
                "add the field `pub id: {}`: clients refer to the row by it",
                target
                    .fields
                    .iter()
                    .find(|own| own.id)
                    .map_or("i64", |own| &own.rust_type)
            ),
        );
    }
    let columns = shown
        .fields
        .iter()
        .filter_map(|field| {
            let index = target.fields.iter().position(|own| own.name == field.name);
            check_view_field(
                shown,
                field,
                index.map(|index| &target.fields[index]),
                target,
                findings,
            );
            index.map(|index| ShownColumn {
                name: field.name.clone(),
                field: index,
            })
        })
        .collect();
    View {
        name: shown.name.clone(),
        of,
        doc: shown.doc.clone(),
        declared_at: shown.declared_at.clone(),
        columns,
    }
}

fn check_view_field(
    shown: &ShownDescription,
    field: &crate::description::ShownField,
    own: Option<&FieldDescription>,
    target: &ResourceDescription,
    findings: &mut Findings,
) {
    let place = &shown.declared_at;
    let name = format!("`{}.{}`", shown.name, field.name);
    match own {
        None => findings.add(
            "view-field",
            place,
            format!("{name} shows a field that `{}` lacks", target.name),
            format!("remove it, or choose one of: {}", names_of(target)),
        ),
        Some(own) if own.hidden => findings.add(
            "view-hidden",
            place,
            format!("{name} would show a hidden field of `{}`", target.name),
            "remove it: hidden fields never leave the server",
        ),
        Some(own) if own.relation.is_some() => findings.add(
            "nested-relation",
            place,
            format!(
                "{name} shows a field of `{}` that is a relation itself",
                target.name
            ),
            "remove it: a view shows plain fields",
        ),
        // An id of another type is refused where it is declared.
        Some(own) if own.id && !is_id(own) => {}
        Some(own) if (&own.rust_type, own.optional) != (&field.rust_type, field.optional) => {
            findings.add(
                "view-type",
                place,
                format!(
                    "{name} has another type than `{}.{}`",
                    target.name, own.name
                ),
                format!("write `pub {}: {}`", own.name, type_of(own)),
            )
        }
        Some(own) if own.wire_name != field.wire_name => findings.add(
            "view-name",
            place,
            format!(
                "{name} is `{}` on the wire, but `{}` in `{}`",
                field.wire_name, own.wire_name, target.name
            ),
            "give both the same serde attributes",
        ),
        Some(_) => {}
    }
}

fn type_of(field: &FieldDescription) -> String {
    if field.optional {
        format!("Option<{}>", field.rust_type)
    } else {
        field.rust_type.clone()
    }
}

fn names_of(resource: &ResourceDescription) -> String {
    let visible = resource
        .fields
        .iter()
        .filter(|field| !field.hidden && field.relation.is_none());
    visible
        .map(|field| format!("`{}`", field.name))
        .collect::<Vec<_>>()
        .join(", ")
}
