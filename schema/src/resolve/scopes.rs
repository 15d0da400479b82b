//! Resolves scopes, and refuses relations by which rows of one scope would be seen from another.

use super::finding::Findings;
use crate::contract::{Field, FieldKind, Resource, Scope};
use crate::description::{Description, ResourceDescription};

/// The macro has checked that the field is there and can be a scope.
pub(super) fn resolve_scope(
    description: &Description,
    resource: &ResourceDescription,
    fields: &[Field],
) -> Option<Scope> {
    let name = resource.scope.as_ref()?;
    let field = fields.iter().position(|field| field.name == *name)?;
    let of = match &fields[field].kind {
        FieldKind::BelongsTo { relation, .. } => relation.target,
        _ => description
            .resources
            .iter()
            .position(|other| other.name == resource.name)?,
    };
    Some(Scope { field, of })
}

/// What is shown must be seen by all who see where it is shown. So whatever leads to rows with a scope needs the same one.
pub(super) fn check_scopes(resources: &[Resource], findings: &mut Findings) {
    for resource in resources {
        for field in &resource.fields {
            let Some(relation) = field.kind.relation() else {
                continue;
            };
            // One that is not registered has a finding already.
            let Some(target) = resources.get(relation.target) else {
                continue;
            };
            check_relation(resources, resource, field, target, findings);
        }
    }
}

fn check_relation(
    resources: &[Resource],
    resource: &Resource,
    field: &Field,
    target: &Resource,
    findings: &mut Findings,
) {
    let Some(seen_by) = target.scope else { return };
    let name_of = |scope: Scope| resources[scope.of].name.as_str();
    let kind = name_of(seen_by);
    let place = &resource.place_of(field);
    let shown = format!(
        "`{}.{}` shows rows of `{}`, which only those see who see their `{kind}`",
        resource.name, field.name, target.name
    );
    match resource.scope {
        None => findings.add(
            "scope-missing",
            place,
            format!("{shown}, but everybody sees each `{}`", resource.name),
            format!(
                "give `{}` a scope too: a `belongs_to = {kind}` and `#[resource(scope = …)]`{}",
                resource.name,
                match resource.name == kind {
                    true => ", or `scope = id`, so that each is its own",
                    false => "",
                }
            ),
        ),
        Some(scope) if scope.of != seen_by.of => findings.add(
            "scope-differs",
            place,
            format!(
                "{shown}, but each `{}` is seen by those who see its `{}`",
                resource.name,
                name_of(scope)
            ),
            "give both the same scope, or remove the relation",
        ),
        Some(scope) if is_own(resource, scope) && field.settable => findings.add(
            "scope-refers",
            place,
            format!(
                "`{}.{}` refers to rows whose scope is the `{}` itself, so there is none yet when it is added",
                resource.name, field.name, resource.name
            ),
            format!(
                "show them by a `has_many`, or refer to the `{}` from `{}`",
                resource.name, target.name
            ),
        ),
        Some(_) => {}
    }
}

fn is_own(resource: &Resource, scope: Scope) -> bool {
    resource.fields[scope.field].kind == FieldKind::Id
}
