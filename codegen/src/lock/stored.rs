//! What files with rows rely on: tables and their columns.

use std::collections::BTreeMap;

use rowcast_schema::Contract;
use rowcast_schema::contract::{Codec, ColumnKind, Field, FieldKind, IdKind, Resource, Shape};
use serde::{Deserialize, Serialize};

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredTable {
    /// The resource whose rows, or whose relation's pairs, it holds.
    pub of: String,
    /// Its columns, by name.
    pub columns: BTreeMap<String, StoredColumn>,
    /// The columns of its keys of several columns, in which no two rows may have the same values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Vec<String>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredColumn {
    /// Its type.
    pub kind: ColumnKind,
    /// Whether it may be null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
    /// Whether no two rows may have the same value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// How values become values of the type.
    pub codec: Codec,
    /// The type of the values, where a codec makes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Shape>,
}

pub(super) fn tables(contract: &Contract) -> BTreeMap<String, StoredTable> {
    let mut tables = BTreeMap::new();
    for resource in contract.resources() {
        let columns = resource
            .fields
            .iter()
            .filter_map(|field| column(contract, resource, field));
        let table = StoredTable {
            of: resource.name.clone(),
            columns: columns.collect(),
            unique: unique_keys(resource),
        };
        tables.insert(resource.plural.clone(), table);
        for field in &resource.fields {
            if let FieldKind::ManyToMany {
                relation,
                through,
                owner_column,
                target_column,
            } = &field.kind
            {
                let target = &contract.resources()[relation.target];
                let columns = [
                    (owner_column.clone(), key(resource, false)),
                    (target_column.clone(), key(target, false)),
                ];
                let table = StoredTable {
                    of: format!("{}.{}", resource.name, field.name),
                    columns: columns.into_iter().collect(),
                    unique: Vec::new(),
                };
                tables.insert(through.clone(), table);
            }
        }
    }
    tables
}

/// The columns of the keys in which no two rows may be the same, each key in the order of the alphabet.
fn unique_keys(resource: &Resource) -> Vec<Vec<String>> {
    let column = |field: &Field| match &field.kind {
        FieldKind::BelongsTo { column, .. } => Some(column.clone()),
        FieldKind::Column(column) => Some(column.name.clone()),
        _ => None,
    };
    let columns = |fields: &Vec<usize>| {
        let columns = fields
            .iter()
            .filter_map(|field| column(&resource.fields[*field]));
        let mut columns: Vec<String> = columns.collect();
        columns.sort();
        columns
    };
    let unique = resource.keys.iter().filter(|key| key.unique);
    let mut keys: Vec<Vec<String>> = unique.map(|key| columns(&key.fields)).collect();
    keys.sort();
    keys
}

/// A column with the id of a row of `resource`.
fn key(resource: &Resource, nullable: bool) -> StoredColumn {
    StoredColumn {
        kind: match resource.id_kind {
            IdKind::Counted => ColumnKind::Integer,
            _ => ColumnKind::Text,
        },
        nullable,
        unique: false,
        codec: Codec::Native,
        value: None,
    }
}

fn column(
    contract: &Contract,
    resource: &Resource,
    field: &Field,
) -> Option<(String, StoredColumn)> {
    match &field.kind {
        FieldKind::Id => Some(("id".to_owned(), key(resource, false))),
        FieldKind::BelongsTo { relation, column } => {
            let target = &contract.resources()[relation.target];
            Some((column.clone(), key(target, field.optional)))
        }
        FieldKind::Column(column) => {
            let stored = StoredColumn {
                kind: column.kind,
                nullable: field.optional,
                unique: column.unique,
                codec: column.codec,
                value: (column.codec != Codec::Native)
                    .then(|| shape_of(contract, resource, field))
                    .flatten(),
            };
            Some((column.name.clone(), stored))
        }
        FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => None,
    }
}

/// The type of a field in the row; hidden fields have none on the wire.
fn shape_of(contract: &Contract, resource: &Resource, field: &Field) -> Option<Shape> {
    let row = contract
        .types()
        .iter()
        .find(|definition| definition.name == resource.name)?;
    let Shape::Object(properties) = &row.shape else {
        return None;
    };
    properties
        .iter()
        .find(|property| property.name == field.wire_name)
        .map(|property| super::without_docs(&property.shape))
}
