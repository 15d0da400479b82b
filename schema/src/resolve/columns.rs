//! Decides how fields are stored, and refuses those that no column holds.

use super::finding::Findings;
use super::types::Types;
use crate::contract::{Codec, Column, ColumnKind, IdKind, Scalar, Shape};
use crate::description::{FieldDescription, ResourceDescription};

/// Whether rows can have the field as their id.
pub(super) fn is_id(field: &FieldDescription) -> bool {
    id_of(field).is_ok()
}

/// What the ids are, by the type and whether clients give them.
pub(super) fn id_kind(resource: &ResourceDescription, findings: &mut Findings) -> IdKind {
    let Some(field) = resource.fields.iter().find(|field| field.id) else {
        return IdKind::Counted;
    };
    id_of(field).unwrap_or_else(|(what, help)| {
        let message = format!("the id `{}` of `{}` {what}", field.name, resource.name);
        findings.add("id-type", &resource.place_of(field), message, help);
        IdKind::Counted
    })
}

/// What the ids are; else what is wrong with the field, and what to do.
fn id_of(field: &FieldDescription) -> Result<IdKind, (String, &'static str)> {
    let refuse = |what: &str, help| Err((what.to_owned(), help));
    match (field.rust_type.as_str(), field.by_client) {
        ("i64", false) => Ok(IdKind::Counted),
        ("Uuid", false) => Ok(IdKind::Uuid),
        ("Uuid", true) => Ok(IdKind::GivenUuid),
        ("String", true) => Ok(IdKind::GivenText),
        ("i64", true) => refuse(
            "is an `i64` that clients give, but two of them would give the same",
            "remove `by_client`: the database counts it up; or make it a `Uuid` or a `String`",
        ),
        ("String", false) => refuse(
            "is a `String`, which nobody makes",
            "let clients give it by `#[resource(id, by_client)]`, or make it a `Uuid` or an `i64`",
        ),
        _ => refuse(
            &format!("is a `{}`", field.rust_type),
            "make it an `i64` (the database counts it up), a `Uuid` (the server makes it), or a `String` with `by_client`",
        ),
    }
}

/// Refuses times of the server in anything but the type that holds them.
pub(super) fn check_stamp(
    resource: &ResourceDescription,
    field: &FieldDescription,
    findings: &mut Findings,
) {
    let is_time = field.rust_type == "DateTime<Utc>";
    if field.stamp.is_some() && (!is_time || field.optional || field.custom_wire) {
        findings.add(
            "timestamp-type",
            &resource.place_of(field),
            format!("the server can't set `{}.{}` to the time", resource.name, field.name),
            "make it a plain `chrono::DateTime<Utc>`, without `Option` and without a serde form of its own",
        );
    }
}

/// Refuses integers that no column holds.
pub(super) fn check_integer(
    resource: &ResourceDescription,
    field: &FieldDescription,
    findings: &mut Findings,
) {
    let too_wide = matches!(field.rust_type.as_str(), "u64" | "i128" | "u128" | "usize");
    // What travels as text is kept as text.
    if too_wide && !field.custom_wire {
        findings.add(
            "column-type",
            &resource.place_of(field),
            format!(
                "`{}.{}` is a `{}`, which no database column holds",
                resource.name, field.name, field.rust_type
            ),
            "use `i64` or a smaller integer, or let it travel and be kept as text by `#[serde(with = \"Digits\")]`",
        );
    }
}

/// How a field that is no relation is stored. `shape` is its type on the wire, which a hidden field lacks.
pub(super) fn column(field: &FieldDescription, shape: Option<&Shape>, types: &Types<'_>) -> Column {
    let (kind, codec) = native(&field.rust_type).map_or_else(
        || match shape {
            Some(shape) if !field.custom_wire => by_shape(shape, field.optional, types),
            // No JSON Schema tells what a hidden field is.
            None if field.rust_type == "Bytes" => (ColumnKind::Blob, Codec::Blob),
            _ => (ColumnKind::Text, Codec::Json),
        },
        |kind| (kind, Codec::Native),
    );
    Column {
        name: field.name.clone(),
        kind,
        codec,
        unique: field.unique,
        index: field.index,
    }
}

fn native(rust_type: &str) -> Option<ColumnKind> {
    match rust_type {
        "bool" | "i8" | "i16" | "i32" | "i64" | "isize" | "u8" | "u16" | "u32" => {
            Some(ColumnKind::Integer)
        }
        "f32" | "f64" => Some(ColumnKind::Real),
        "String" => Some(ColumnKind::Text),
        _ => None,
    }
}

/// `optional` says that null never reaches the codec: the column is null then.
fn by_shape(shape: &Shape, optional: bool, types: &Types<'_>) -> (ColumnKind, Codec) {
    match shape {
        Shape::Checked(inner, _) => by_shape(inner, optional, types),
        Shape::Scalar(Scalar::Text(_)) => (ColumnKind::Text, Codec::Text),
        Shape::Scalar(Scalar::Bytes) => (ColumnKind::Blob, Codec::Blob),
        Shape::Literal(value) if value.is_string() => (ColumnKind::Text, Codec::Text),
        Shape::Union(parts) => {
            let mut kinds = parts
                .iter()
                .filter(|part| !(optional && **part == Shape::Null))
                .map(|part| by_shape(part, optional, types));
            let first = kinds.next().unwrap_or((ColumnKind::Text, Codec::Json));
            if kinds.all(|kind| kind == first) {
                first
            } else {
                (ColumnKind::Text, Codec::Json)
            }
        }
        Shape::Named(name) => match types.output(name) {
            // A type that contains itself is an object or a list somewhere on the way.
            Some(inner) if inner != *shape && !mentions(&inner, name) => {
                match by_shape(&inner, optional, types) {
                    // What a type of the user's holds can't be reached.
                    (_, Codec::Blob) => (ColumnKind::Text, Codec::Json),
                    known => known,
                }
            }
            _ => (ColumnKind::Text, Codec::Json),
        },
        // Numbers too: a numeric column would make a float of an integer beyond 2^63, and round floats.
        _ => (ColumnKind::Text, Codec::Json),
    }
}

fn mentions(shape: &Shape, name: &str) -> bool {
    let mut found = false;
    shape.each_name(&mut |other| found |= other == name);
    found
}
