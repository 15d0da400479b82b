//! Refuses what would clash in the database or in the emitted Rust.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::finding::Findings;
use crate::contract::{FieldKind, Resource, View};
use crate::description::{Description, Place, RelationKind};

/// Types that the emitted Rust of a resource uses under these names.
const SERVER_TYPES: [&str; 31] = [
    "Access",
    "Action",
    "App",
    "Call",
    "Caller",
    "Commands",
    "Database",
    "FieldRule",
    "Hooks",
    "IdOnly",
    "ListId",
    "LiveList",
    "NoHooks",
    "Option",
    "Page",
    "PageQuery",
    "Read",
    "Reading",
    "Result",
    "Route",
    "RowId",
    "RowsOf",
    "Scopes",
    "Select",
    "Send",
    "Sized",
    "Sync",
    "Tables",
    "Transaction",
    "Vec",
    "Verb",
];

/// Refuses tables and columns that are meant twice.
pub(super) fn check_storage(resources: &[Resource], findings: &mut Findings) {
    let mut tables: BTreeMap<&str, String> = resources
        .iter()
        .map(|resource| (resource.plural.as_str(), format!("`{}`", resource.name)))
        .collect();
    for resource in resources {
        check_columns(resource, findings);
        let accessor = resource.plural.to_upper_camel_case();
        if SERVER_TYPES.contains(&accessor.as_str()) {
            findings.add(
                "plural-reserved",
                &resource.declared_at,
                format!(
                    "`{}` can't have the plural `{}`: the generated server needs the name `{accessor}` itself",
                    resource.name, resource.plural
                ),
                "choose another one by `#[resource(plural = \"…\")]`",
            );
        }
        if is_reserved(&resource.plural) {
            findings.add(
                "reserved-table",
                &resource.declared_at,
                format!(
                    "`{}` would have the table `{}`, but the store and SQLite keep such names for themselves",
                    resource.name, resource.plural
                ),
                "choose another `plural`; the events can keep their names",
            );
        }
        for field in &resource.fields {
            let FieldKind::ManyToMany { through, .. } = &field.kind else {
                continue;
            };
            let own = format!("`{}.{}`", resource.name, field.name);
            let place = resource.place_of(field);
            check_through(&place, &own, through, findings);
            if let Some(other) = tables.insert(through, own.clone()) {
                findings.add(
                    "duplicate-table",
                    &place,
                    format!(
                        "{own} keeps its pairs in the table `{through}`, which is that of {other}"
                    ),
                    "choose another one by `through = \"…\"`",
                );
            }
        }
    }
}

/// A table of pairs is named as those of resources are: constants of the store are named after it.
fn check_through(place: &Place, own: &str, through: &str, findings: &mut Findings) {
    let snake = through.to_snake_case();
    if snake != through || !through.starts_with(|first: char| first.is_ascii_lowercase()) {
        findings.add(
            "table-form",
            place,
            format!("the table `{through}` of {own} is not in snake case, from a small letter on"),
            format!(
                "write it as `through = \"{}\"`",
                if snake.is_empty() { "pairs" } else { &snake }
            ),
        );
    } else if is_reserved(through) {
        findings.add(
            "reserved-table",
            place,
            format!("{own} would have the table `{through}`, but the store and SQLite keep such names for themselves"),
            "choose another one by `through = \"…\"`",
        );
    }
}

/// Whether the store or SQLite may have a table of this name for itself.
fn is_reserved(table: &str) -> bool {
    ["rowcast_", "sqlite_"]
        .iter()
        .any(|prefix| table.to_lowercase().starts_with(prefix))
}

fn check_columns(resource: &Resource, findings: &mut Findings) {
    let mut columns: BTreeMap<String, &str> = BTreeMap::new();
    for field in &resource.fields {
        let column = match &field.kind {
            FieldKind::Id => "id",
            FieldKind::Column(column) => &column.name,
            FieldKind::BelongsTo { column, .. } => column,
            FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => continue,
        };
        // Databases do not tell capitals from small letters.
        if let Some(other) = columns.insert(column.to_lowercase(), &field.name) {
            findings.add(
                "duplicate-column",
                &resource.place_of(field),
                format!(
                    "`{}` would keep `{other}` and `{}` both in the column `{column}`",
                    resource.name, field.name
                ),
                "rename one of them; the column of a relation is its name with `_id`",
            );
        }
    }
}

/// Refuses names that the emitted Rust has for something else.
pub(super) fn check_server_names(
    description: &Description,
    views: &[View],
    findings: &mut Findings,
) {
    let resources = description
        .resources
        .iter()
        .map(|resource| (&resource.name, &resource.declared_at));
    let views = views.iter().map(|view| (&view.name, &view.declared_at));
    for (name, place) in resources.chain(views) {
        if SERVER_TYPES.contains(&name.as_str()) {
            findings.add(
                "reserved-name",
                place,
                format!("`{name}` is a name that the generated server needs itself"),
                "rename the struct; its events, plural and fields can stay",
            );
        }
    }
    for resource in &description.resources {
        for field in &resource.fields {
            let place = &resource.place_of(field);
            let name = format!("`{}.{}`", resource.name, field.name);
            if field.id && (field.name != "id" || field.wire_name != "id") {
                findings.add(
                    "id-name",
                    place,
                    format!("{name} is an id that is not named `id`"),
                    "name it `id`, in Rust and on the wire: clients refer to rows by it",
                );
            }
            if (field.unique || field.index) && field.name == "ids" {
                findings.add(
                    "reserved-name",
                    place,
                    format!("rows can't be looked up by {name}: `by_ids` looks them up by their ids"),
                    "rename the field; its name on the wire can stay by `#[serde(rename = \"ids\")]`",
                );
            }
            let set_by_none = field
                .relation
                .as_ref()
                .is_some_and(|relation| relation.kind != RelationKind::HasMany);
            if field.read_only && set_by_none {
                findings.add(
                    "read-only-relation",
                    place,
                    format!("{name} is a relation that nobody could ever set"),
                    "remove `read_only`, and let a hook refuse what clients may not set",
                );
            }
        }
    }
}
