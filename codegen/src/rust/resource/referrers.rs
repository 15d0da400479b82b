//! What becomes of the rows that refer to a row when that is deleted.

use rowcast_schema::contract::{Contract, Field, FieldKind, IdKind, Relation, Resource};
use rowcast_schema::description::{OnDelete, Stamp};

use super::referring::{dependent_constant, module_of};
use crate::english::words;
use crate::rust::names::{constant, ident};
use crate::rust::sql::{self, Sql};
use crate::rust::view::{ReferrerView, Statement};

/// A field that refers to rows of a resource, with the resource that has it and the rule for deletions.
struct Referrer<'c> {
    other: &'c Resource,
    field: &'c Field,
    rule: OnDelete,
}

/// The fields that refer to rows of this resource and let them be deleted.
fn referrers<'c>(contract: &'c Contract, resource: &Resource) -> Vec<Referrer<'c>> {
    let mut all = all_referrers(contract, resource);
    all.retain(|referrer| referrer.rule != OnDelete::Restrict);
    all
}

/// The fields that refer to rows of this resource.
fn all_referrers<'c>(contract: &'c Contract, resource: &Resource) -> Vec<Referrer<'c>> {
    let leads_here =
        |relation: &&Relation| contract.resources()[relation.target].name == resource.name;
    let of = |other: &'c Resource| {
        other.fields.iter().filter_map(move |field| {
            let relation = field.kind.relation().filter(leads_here)?;
            Some(Referrer {
                other,
                field,
                rule: relation.on_delete,
            })
        })
    };
    contract.resources().iter().flat_map(of).collect()
}

/// The fields that refer to rows of this resource, each with the resource that has it.
pub(super) fn fields_leading_to<'c>(
    contract: &'c Contract,
    resource: &Resource,
) -> Vec<(&'c Resource, &'c Field)> {
    let referrers = all_referrers(contract, resource).into_iter();
    referrers
        .map(|referrer| (referrer.other, referrer.field))
        .collect()
}

/// What the emitted deletion does about each.
pub(super) fn views(contract: &Contract, resource: &Resource, schema: &str) -> Vec<ReferrerView> {
    let view = |referrer: Referrer<'_>| {
        let touch = touch(&referrer);
        let Referrer { other, field, rule } = referrer;
        let (id, pattern, pass) = match other.id_kind {
            IdKind::Uuid | IdKind::GivenUuid => (
                "store::Text<rowcast_runtime::Uuid>",
                "store::Text(row)",
                "row",
            ),
            IdKind::GivenText => ("String", "row", "&row"),
            _ => ("i64", "row", "row"),
        };
        ReferrerView {
            rule: match rule {
                OnDelete::Cascade => "cascade",
                OnDelete::SetNull => "set_null",
                _ => "remove",
            },
            rows: words(&other.plural),
            module: module_of(other),
            accessor: ident(&other.plural),
            constant: dependent_constant(other, field),
            removal: removal_constant(other, field),
            touch: touch.map(|_| touch_constant(other, field)),
            id,
            pattern,
            pass,
            patch: empty_patch(other, field, schema),
        }
    };
    referrers(contract, resource)
        .into_iter()
        .map(view)
        .collect()
}

/// A patch that makes the field refer to nothing, and changes nothing else.
fn empty_patch(other: &Resource, field: &Field, schema: &str) -> String {
    let patch = format!("{schema}::{}Patch", other.name);
    let field = ident(&field.name);
    format!("{patch} {{ {field}: Some(None), ..{patch}::of(row) }}")
}

fn removal_constant(other: &Resource, field: &Field) -> String {
    format!(
        "REMOVE_FROM_{}_{}",
        constant(&other.plural),
        constant(&field.name)
    )
}

fn touch_constant(other: &Resource, field: &Field) -> String {
    format!(
        "TOUCH_{}_WITH_{}",
        constant(&other.plural),
        constant(&field.name)
    )
}

/// The statement that sets the time of the last update of those whose lists lose a row.
fn touch(referrer: &Referrer<'_>) -> Option<Sql> {
    let is_updated = |field: &&Field| field.stamp == Some(Stamp::Updated);
    let stamp = referrer.other.fields.iter().find(is_updated)?;
    match (&referrer.field.kind, &stamp.kind) {
        (
            FieldKind::ManyToMany {
                through,
                owner_column,
                target_column,
                ..
            },
            FieldKind::Column(column),
        ) => Some(sql::touch_owners(
            referrer.other,
            &column.name,
            through,
            (owner_column, target_column),
        )),
        _ => None,
    }
}

/// The constants of the statements that find the rows which refer to one.
pub(super) fn used_constants(contract: &Contract, resource: &Resource) -> Vec<String> {
    referrers(contract, resource)
        .iter()
        .map(|referrer| dependent_constant(referrer.other, referrer.field))
        .collect()
}

/// The statements that take a row out of the lists of others.
pub(super) fn removals(contract: &Contract, resource: &Resource) -> Vec<Statement> {
    let statement = |constant: String, sql: Sql| Statement::new(constant, &sql, false);
    let removal = |referrer: Referrer<'_>| {
        let touched = touch(&referrer);
        let Referrer { other, field, .. } = referrer;
        let removed = match &field.kind {
            FieldKind::ManyToMany {
                through,
                target_column,
                ..
            } => Some(sql::delete_pairs(through, target_column)),
            _ => None,
        };
        let touched = touched.map(|sql| statement(touch_constant(other, field), sql));
        let removed = removed.map(|sql| statement(removal_constant(other, field), sql));
        touched.into_iter().chain(removed)
    };
    referrers(contract, resource)
        .into_iter()
        .flat_map(removal)
        .collect()
}

/// Whether deleting a row may take others along, or rows go with those of others.
pub(super) fn takes_part(contract: &Contract, resource: &Resource) -> bool {
    goes_with_others(resource) || !referrers(contract, resource).is_empty()
}

/// The statements that find rows which refer to one, whatever the rule: none may be left when all are gone.
pub(super) fn referring(contract: &Contract, resource: &Resource) -> Vec<String> {
    if !takes_part(contract, resource) {
        return Vec::new();
    }
    let statement = |Referrer { other, field, .. }: Referrer<'_>| match &field.kind {
        FieldKind::BelongsTo { column, .. } => Some(sql::refers(&other.plural, column)),
        FieldKind::ManyToMany {
            through,
            target_column,
            ..
        } => Some(sql::refers(through, target_column)),
        _ => None,
    };
    all_referrers(contract, resource)
        .into_iter()
        .filter_map(statement)
        .map(|sql| sql.literal(4, 4))
        .collect()
}

/// Whether rows of the resource are deleted with rows of others, or of its own kind.
pub(super) fn goes_with_others(resource: &Resource) -> bool {
    resource.fields.iter().any(cascades)
}

fn cascades(field: &Field) -> bool {
    field
        .kind
        .relation()
        .is_some_and(|relation| relation.on_delete == OnDelete::Cascade)
}

/// Whether deleting a row can lead to a row of the same kind, so that there may be circles.
pub(super) fn is_circular(contract: &Contract, resource: &Resource) -> bool {
    let mut found: Vec<&str> = Vec::new();
    let mut open = vec![resource];
    while let Some(next) = open.pop() {
        for referrer in referrers(contract, next) {
            if referrer.rule == OnDelete::Cascade && !found.contains(&&*referrer.other.name) {
                found.push(&referrer.other.name);
                open.push(referrer.other);
            }
        }
    }
    found.contains(&&*resource.name)
}
