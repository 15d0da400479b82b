//! What files with rows rely on: tables and their columns.

use std::collections::BTreeMap;

use rowcast_schema::Contract;
use rowcast_schema::contract::{
    Codec, ColumnKind, Field, FieldKind, IdKind, IntegerFormat, Resource, Scalar, Shape, TextFormat,
};
use rowcast_schema::description::OnDelete;
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

impl StoredTable {
    /// Whether it holds the pairs of a relation.
    pub(super) fn is_of_pairs(&self) -> bool {
        self.of.contains('.')
    }
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
    /// Whether its values never travel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// How values become values of the type.
    pub codec: Codec,
    /// The type of the values that are written, where that of the column does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Shape>,
    /// The type of the values that can be read, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<Shape>,
    /// The table whose rows the values are ids of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// What becomes of the row, or the pair, when the row that it refers to is deleted.
    #[serde(default, skip_serializing_if = "is_restrict")]
    pub on_delete: OnDelete,
}

fn is_restrict(rule: &OnDelete) -> bool {
    *rule == OnDelete::Restrict
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
                    (owner_column.clone(), reference(resource, false)),
                    (
                        target_column.clone(),
                        StoredColumn {
                            on_delete: relation.on_delete,
                            ..reference(target, false)
                        },
                    ),
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

/// A column with the ids of `resource`.
fn key(resource: &Resource, nullable: bool) -> StoredColumn {
    let (kind, value) = match resource.id_kind {
        IdKind::Counted => (ColumnKind::Integer, None),
        IdKind::Uuid | IdKind::GivenUuid => (ColumnKind::Text, Some(TextFormat::Uuid)),
        IdKind::GivenText => (ColumnKind::Text, Some(TextFormat::Plain)),
    };
    StoredColumn {
        kind,
        nullable,
        unique: false,
        hidden: false,
        codec: Codec::Native,
        value: value.map(|format| Shape::Scalar(Scalar::Text(format))),
        reads: None,
        references: None,
        on_delete: OnDelete::Restrict,
    }
}

/// A column with the id of a row of `resource`, which must be there.
fn reference(resource: &Resource, nullable: bool) -> StoredColumn {
    StoredColumn {
        references: Some(resource.plural.clone()),
        ..key(resource, nullable)
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
            let stored = StoredColumn {
                on_delete: relation.on_delete,
                ..reference(target, field.optional)
            };
            Some((column.clone(), stored))
        }
        FieldKind::Column(column) => {
            let (value, reads) = match column.codec {
                Codec::Native => (integer(&field.rust_type), None),
                _ => coded(contract, resource, field),
            };
            let stored = StoredColumn {
                kind: column.kind,
                nullable: field.optional,
                unique: column.unique,
                hidden: field.hidden,
                codec: column.codec,
                value,
                reads,
                references: None,
                on_delete: OnDelete::Restrict,
            };
            Some((column.name.clone(), stored))
        }
        FieldKind::ManyToMany { .. } | FieldKind::HasMany { .. } => None,
    }
}

/// Which integers a field holds: a column holds more of them than most types.
fn integer(rust_type: &str) -> Option<Shape> {
    let format = match rust_type {
        "i8" => IntegerFormat::Int8,
        "u8" => IntegerFormat::Uint8,
        "i16" => IntegerFormat::Int16,
        "u16" => IntegerFormat::Uint16,
        "i32" => IntegerFormat::Int32,
        "u32" => IntegerFormat::Uint32,
        "i64" | "isize" => IntegerFormat::Int64,
        _ => return None,
    };
    Some(Shape::Scalar(Scalar::Integer(format)))
}

/// What serde writes for a field, and what it reads if that is something else: defaults need not be there.
fn coded(
    contract: &Contract,
    resource: &Resource,
    field: &Field,
) -> (Option<Shape>, Option<Shape>) {
    let written = shape_in(contract, &resource.name, field);
    let read = shape_in(contract, &format!("New{}", resource.name), field);
    let reads = read.filter(|read| Some(read) != written.as_ref());
    (written, reads)
}

/// The type of a field in the type `name`; hidden fields have none on the wire.
fn shape_in(contract: &Contract, name: &str, field: &Field) -> Option<Shape> {
    let row = contract
        .types()
        .iter()
        .find(|definition| definition.name == name)?;
    let Shape::Object(properties) = &row.shape else {
        return None;
    };
    properties
        .iter()
        .find(|property| property.name == field.wire_name)
        .map(|property| super::without_docs(&property.shape))
}
