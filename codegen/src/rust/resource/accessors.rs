//! What rows are read, looked up and written by.

use rowcast_schema::contract::{Column, Contract, Field, FieldKind, Key, Relation, Resource};
use rowcast_schema::description::Stamp;

use super::dependents::shown_in;
use crate::english::words;
use crate::rust::names::{constant, ident, string_literal};
use crate::rust::view::{Child, ColumnFunction, KeyFunction, Pairs, Setter};
use crate::rust::{ids, sql, values};

/// The fields that show lists, with what they lead to.
pub(super) fn to_many<'r>(resource: &'r Resource) -> Vec<(&'r Field, &'r Relation)> {
    let shows = |field: &'r Field| match &field.kind {
        FieldKind::ManyToMany { relation, .. } | FieldKind::HasMany { relation, .. } => {
            Some((field, relation))
        }
        _ => None,
    };
    resource.fields.iter().filter_map(shows).collect()
}

pub(super) fn child(contract: &Contract, field: &Field, relation: &Relation) -> Child {
    Child {
        field: ident(&field.name),
        plain: field.name.clone(),
        map: values::map_function(contract, relation),
    }
}

/// The columns that rows are looked up by.
pub(super) fn lookups(resource: &Resource) -> Vec<ColumnFunction> {
    let lookup = |(field, column): (&Field, &Column)| {
        let (kind, parameter) = values::argument(resource, field, column);
        (column.unique || column.index).then(|| ColumnFunction {
            field: field.name.clone(),
            plain: field.name.clone(),
            constant: constant(&field.name),
            argument: ident(&field.name),
            kind,
            parameter,
            unique: column.unique,
        })
    };
    columns(resource).filter_map(lookup).collect()
}

/// The functions that look rows up by several columns.
pub(super) fn keys(contract: &Contract, resource: &Resource) -> Vec<KeyFunction> {
    let function = |key: &Key| {
        let fields = || key.fields.iter().map(|index| &resource.fields[*index]);
        let arguments: Vec<(String, String)> = fields()
            .filter_map(|field| match &field.kind {
                FieldKind::Column(column) => Some(values::argument(resource, field, column)),
                FieldKind::BelongsTo { relation, .. } => {
                    Some(ids::argument(contract, relation, &ident(&field.name)))
                }
                _ => None,
            })
            .collect();
        let signature = fields().zip(&arguments);
        let signature =
            signature.map(|(field, (kind, _))| format!("{}: {kind}", ident(&field.name)));
        let words: Vec<String> = fields().map(|field| format!("`{}`", field.name)).collect();
        let parameters: Vec<&str> = arguments.iter().map(|(_, value)| value.as_str()).collect();
        KeyFunction {
            words: words.join(" and "),
            plain: key.name.clone(),
            constant: constant(&key.name),
            signature: signature.collect::<Vec<_>>().join(", "),
            parameters: parameters.join(", "),
            unique: key.unique,
        }
    };
    resource.keys.iter().map(function).collect()
}

pub(super) fn columns(resource: &Resource) -> impl Iterator<Item = (&Field, &Column)> {
    resource
        .fields
        .iter()
        .filter_map(|field| match &field.kind {
            FieldKind::Column(column) => Some((field, column)),
            _ => None,
        })
}

pub(super) fn setters(contract: &Contract, resource: &Resource) -> Vec<Setter> {
    let setter = |(field, column): (&Field, &Column)| {
        let (kind, parameter) = if field.optional {
            values::optional_argument(resource, field, column)
        } else {
            values::argument(resource, field, column)
        };
        Setter {
            field: field.name.clone(),
            plain: field.name.clone(),
            constant: constant(&field.name),
            argument: ident(&field.name),
            kind,
            parameter,
            visible: !field.hidden,
            dependents: shown_in(contract, resource, &field.name),
        }
    };
    columns(resource)
        .filter(|(field, _)| !field.settable && field.stamp.is_none())
        .map(setter)
        .collect()
}

/// The columns that an update sets.
pub(super) fn updated(resource: &Resource) -> Vec<sql::Written<'_>> {
    sql::written_columns(resource)
        .into_iter()
        .filter(|written| written.field.settable || written.field.stamp == Some(Stamp::Updated))
        .collect()
}

/// The calls that check that the rows an input refers to exist.
pub(super) fn references(
    contract: &Contract,
    resource: &Resource,
    input: &str,
    is_patch: bool,
) -> Vec<String> {
    let reference = |field: &Field| {
        let relation = field.kind.relation().filter(|_| field.settable)?;
        let target = &contract.resources()[relation.target];
        let exists = exists_path(resource, target);
        let what = string_literal(&words(&target.singular));
        let place = format!("{input}.{}", ident(&field.name));
        let (check, rows, path) = match (&field.kind, is_patch, field.optional) {
            (FieldKind::ManyToMany { .. }, true, _) => ("many", ".iter().flatten()", ""),
            (FieldKind::ManyToMany { .. }, false, _) => ("many", ".iter()", ""),
            (_, false, false) => ("one", "", ".id"),
            (_, true, true) => ("maybe", ".as_ref().and_then(Option::as_ref)", ".id"),
            _ => ("maybe", ".as_ref()", ".id"),
        };
        let (exists, found_by): (String, fn(String) -> String) = match target.scope {
            Some(_) => (format!("{exists}_IN"), |id| format!("({id}, &scope)")),
            None => (exists, |id| format!("[{id}]")),
        };
        let id = if check == "one" {
            found_by(ids::reference(contract, relation, &format!("{place}.id")))
        } else {
            let id = found_by(ids::reference(contract, relation, "row.id"));
            format!("{place}{rows}.map(|row| {id})")
        };
        let path = string_literal(&format!("{}{path}", field.wire_name));
        Some(format!("{check}({exists}, {id}, {path}, {what})"))
    };
    resource.fields.iter().filter_map(reference).collect()
}

pub(super) fn exists_path(resource: &Resource, target: &Resource) -> String {
    if resource.name == target.name {
        "EXISTS".to_owned()
    } else {
        format!("super::{}::EXISTS", ident(&target.plural))
    }
}

pub(super) fn pairs(contract: &Contract, resource: &Resource) -> Vec<Pairs> {
    let pairs = |field: &Field| match &field.kind {
        FieldKind::ManyToMany { relation, .. } => Some(Pairs {
            field: ident(&field.name),
            plain: field.name.clone(),
            constant: constant(&field.name),
            target: contract.resources()[relation.target].name.clone(),
            key: ids::reference(contract, relation, "row.id"),
        }),
        _ => None,
    };
    resource.fields.iter().filter_map(pairs).collect()
}
