//! Resolves the keys of several fields, and refuses those that no index can have.

use super::finding::Findings;
use crate::contract::{Field, FieldKind, Key};
use crate::description::{KeyDescription, ResourceDescription};

pub(super) fn resolve_keys(
    resource: &ResourceDescription,
    fields: &[Field],
    findings: &mut Findings,
) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for described in &resource.keys {
        let key = resolve_key(resource, described, fields, findings);
        let is_looked_up = |field: &Field| {
            let looked_up = |kind: &FieldKind| matches!(kind, FieldKind::Column(column) if column.unique || column.index);
            field.name == key.name && looked_up(&field.kind)
        };
        if keys.iter().any(|other| other.name == key.name) || fields.iter().any(is_looked_up) {
            findings.add(
                "duplicate-key",
                &resource.declared_at,
                format!(
                    "`{}` would have two functions `by_{}`",
                    resource.name, key.name
                ),
                "remove one of the keys, or name the fields in another order",
            );
        }
        keys.push(key);
    }
    keys
}

fn resolve_key(
    resource: &ResourceDescription,
    key: &KeyDescription,
    fields: &[Field],
    findings: &mut Findings,
) -> Key {
    let written = format!(
        "`{}({})` of `{}`",
        if key.unique { "unique" } else { "index" },
        key.fields.join(", "),
        resource.name
    );
    let at = &resource.declared_at;
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (position, name) in key.fields.iter().enumerate() {
        if key.fields[..position].contains(name) {
            let message = format!("{written} names `{name}` twice");
            findings.add("key-field", at, message, "name each field once");
            continue;
        }
        match fields.iter().position(|field| field.name == *name) {
            None => findings.add(
                "key-field",
                at,
                format!("{written} names `{name}`, which is no field"),
                format!("choose from: {}", names_of(fields)),
            ),
            Some(index) => match column_of(&fields[index]) {
                Some(column) => found.push((index, column)),
                None => findings.add(
                    "key-field",
                    at,
                    format!("{written} names `{name}`, which no column of its own keeps"),
                    format!("choose from: {}", names_of(fields)),
                ),
            },
        }
    }
    if key.fields.len() < 2 {
        findings.add(
            "key-field",
            at,
            format!("{written} is no key of several fields"),
            "name two or more, or mark the field itself by `#[resource(unique)]` or `#[resource(index)]`",
        );
    }
    Key {
        name: key.fields.join("_and_"),
        unique: key.unique,
        fields: found.iter().map(|(index, _)| *index).collect(),
        columns: found
            .iter()
            .map(|(_, column)| (*column).to_owned())
            .collect(),
    }
}

fn column_of(field: &Field) -> Option<&str> {
    match &field.kind {
        FieldKind::Column(column) => Some(&column.name),
        FieldKind::BelongsTo { column, .. } => Some(column),
        FieldKind::Id | FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => None,
    }
}

fn names_of(fields: &[Field]) -> String {
    let names = fields.iter().filter(|field| column_of(field).is_some());
    let names: Vec<String> = names.map(|field| format!("`{}`", field.name)).collect();
    names.join(", ")
}
