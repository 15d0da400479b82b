//! The lists of others that show rows of the resource, and so change with them.

use rowcast_schema::contract::{Contract, Dependent, Field, FieldKind, Resource};
use rowcast_schema::description::Stamp;

use super::referring::{dependent_constant, module_of};
use crate::rust::names::ident;
use crate::rust::view::DependentView;

/// The lists of others that show rows of this resource through a column or a join table.
pub(super) fn dependents(contract: &Contract, resource: &Resource) -> Vec<DependentView> {
    resource
        .dependents
        .iter()
        .filter_map(|dependent| dependent_view(contract, resource, dependent))
        .collect()
}

pub(super) fn dependent_view(
    contract: &Contract,
    resource: &Resource,
    dependent: &Dependent,
) -> Option<DependentView> {
    let other = &contract.resources()[dependent.resource];
    let field = &other.fields[dependent.field];
    if matches!(field.kind, FieldKind::HasMany { .. }) {
        return None;
    }
    let matters = |field: &&Field| dependent.shown.contains(&field.name);
    if !resource
        .fields
        .iter()
        .any(|field| (field.settable || field.stamp == Some(Stamp::Updated)) && matters(&field))
    {
        return None;
    }
    Some(DependentView {
        module: module_of(other),
        constant: dependent_constant(other, field),
        condition: patch_has(resource, matters),
    })
}

pub(super) fn shown_in(contract: &Contract, resource: &Resource, name: &str) -> Vec<DependentView> {
    let shows = |dependent: &&Dependent| dependent.shown.iter().any(|shown| shown == name);
    let view = |dependent: &Dependent| {
        let other = &contract.resources()[dependent.resource];
        let field = &other.fields[dependent.field];
        DependentView {
            module: module_of(other),
            constant: dependent_constant(other, field),
            condition: None,
        }
    };
    resource.dependents.iter().filter(shows).map(view).collect()
}

/// The lists of others that show rows of this resource because those belong to them. A patch changes them if it has a
/// field that they show, or the one that leads to them.
pub(super) fn owners(contract: &Contract, resource: &Resource) -> Vec<DependentView> {
    let owner = |dependent: &Dependent| {
        let other = &contract.resources()[dependent.resource];
        let field = &other.fields[dependent.field];
        let FieldKind::HasMany { column: key, .. } = &field.kind else {
            return None;
        };
        let leads_there = |field: &Field| matches!(&field.kind, FieldKind::BelongsTo { column, .. } if column == key);
        let matters = |field: &&Field| dependent.shown.contains(&field.name) || leads_there(field);
        Some(DependentView {
            module: module_of(other),
            constant: dependent_constant(other, field),
            condition: patch_has(resource, matters),
        })
    };
    resource.dependents.iter().filter_map(owner).collect()
}

/// Whether a patch has one of the fields that matter; None if it always has.
pub(super) fn patch_has(resource: &Resource, matters: impl Fn(&&Field) -> bool) -> Option<String> {
    let is_stamped = |field: &Field| field.stamp == Some(Stamp::Updated) && matters(&field);
    if resource.fields.iter().any(is_stamped) {
        return None;
    }
    let settable = || resource.fields.iter().filter(|field| field.settable);
    let sent = |field: &Field| format!("patch.{}.is_some()", ident(&field.name));
    let any: Vec<String> = settable().filter(&matters).map(sent).collect();
    (any.len() < settable().count()).then(|| any.join(" || "))
}
