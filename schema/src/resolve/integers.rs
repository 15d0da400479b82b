//! Refuses integers that JavaScript would round, wherever they travel, unless the schema says how they shall.

use std::collections::BTreeSet;

use super::finding::Findings;
use super::types::Reached;
use crate::contract::{IntegerFormat, Property, Scalar, Shape};
use crate::description::{Description, FieldDescription, ResourceDescription};

const AS_COLUMN: &str = "use `i32` or `u32`; or let it travel as text by `#[serde(with = \"Digits\")]` (`OptionalDigits` for an \
     `Option`; `BigInt` and `OptionalBigInt` for a `bigint` in TypeScript); or say by `#[resource(number)]` that its values stay below 2^53";
const HELP: &str = "let it travel as text by `#[serde(with = \"Digits\")]` (`OptionalDigits` for an `Option`; `BigInt` and `OptionalBigInt` for a `bigint` in TypeScript), or promise that its values stay within \
     2^53 by `#[schemars(with = \"SafeInteger\")]` (`Vec<SafeInteger>` for a list of them), or for all integers by `Schema::wide_integers_as_numbers()`";

/// Refuses integers of 64 bits and more in the fields of a resource.
pub(super) fn check_field(
    resource: &ResourceDescription,
    field: &FieldDescription,
    findings: &mut Findings,
) {
    if is_wide(&field.rust_type) && !field.hidden && !field.number && !field.custom_wire {
        findings.add(
            "wide-integer",
            &resource.place_of(field),
            format!(
                "`{}.{}` is a `{}`, and JavaScript loses the digits of numbers beyond 2^53",
                resource.name, field.name, field.rust_type
            ),
            match field.rust_type.as_str() {
                "i64" | "isize" => AS_COLUMN,
                // No column holds their numbers.
                _ => "use `i32` or `u32`; or let it travel and be kept as text by `#[serde(with = \"Digits\")]` \
                      (`OptionalDigits` for an `Option`; `BigInt` and `OptionalBigInt` for a `bigint` in TypeScript)",
            },
        );
    }
}

/// Refuses them in all other types.
pub(super) fn check_types(
    description: &Description,
    types: &[Reached<'_>],
    findings: &mut Findings,
) {
    let settled = settled(description);
    let inputs: BTreeSet<String> = description
        .resources
        .iter()
        .flat_map(|resource| resource.type_names().into_iter().skip(1))
        .collect();
    // The fields of inputs are the resource's, of which it is said once.
    for reached in types
        .iter()
        .filter(|reached| !inputs.contains(&reached.definition.name))
    {
        let name = reached.definition.name.as_str();
        if let Some(row) = row_of_input(description, reached)
            && has_wide(&reached.definition.shape)
        {
            findings.add(
                "row-in-input",
                reached.place,
                format!(
                    "an input has a whole `{row}` in it, with its id and what only the server sets"
                ),
                format!("refer to the row by `Ref<{row}>`; what makes a new one is `New{row}`"),
            );
            continue;
        }
        match without_checks(&reached.definition.shape) {
            Shape::Object(properties) => {
                for property in properties {
                    let is_settled = settled.contains(&(name.to_owned(), property.name.clone()));
                    if !is_settled && has_wide(&property.shape) {
                        refuse(&format!("{name}.{}", property.name), reached, findings);
                    }
                }
            }
            shape if has_wide(shape) => refuse(name, reached, findings),
            _ => {}
        }
    }
}

/// The resource whose row an input has under this name, which is that of its type in inputs where that differs.
fn row_of_input<'d>(description: &'d Description, reached: &Reached<'_>) -> Option<&'d str> {
    let name = reached.definition.name.as_str();
    let is_declared = |resource: &ResourceDescription| resource.name == name;
    let row = name.strip_suffix("Input")?;
    let resources = &description.resources;
    let resource = resources.iter().find(|resource| resource.name == row)?;
    let Shape::Object(properties) = without_checks(&reached.definition.shape) else {
        return None;
    };
    let has = |field: &FieldDescription| {
        let mut properties = properties.iter();
        field.hidden || properties.any(|property| property.name == field.wire_name)
    };
    let is_row = resource.fields.iter().all(has) && !resources.iter().any(is_declared);
    is_row.then_some(&resource.name)
}

fn refuse(name: &str, reached: &Reached<'_>, findings: &mut Findings) {
    findings.add(
        "wide-integer",
        reached.place,
        format!(
            "`{name}` has an integer of 64 bits or more, and JavaScript loses the digits of numbers beyond 2^53"
        ),
        HELP,
    );
}

/// The fields whose integers are ids, promised to be small, or checked by [`check_field`]: type and wire name.
fn settled(description: &Description) -> BTreeSet<(String, String)> {
    let mut settled = BTreeSet::new();
    for resource in &description.resources {
        let types = resource.type_names();
        let fields = resource.fields.iter();
        for field in fields.filter(|field| field.id || field.number || is_wide(&field.rust_type)) {
            for name in &types {
                settled.insert((name.clone(), field.wire_name.clone()));
            }
        }
        for shown in resource
            .fields
            .iter()
            .filter_map(|field| field.relation.as_ref())
        {
            // A view's fields are those of its resource, and checked there.
            let fields = shown.shows.fields.iter();
            settled.extend(fields.map(|field| (shown.shows.name.clone(), field.wire_name.clone())));
        }
    }
    settled
}

fn is_wide(rust_type: &str) -> bool {
    matches!(
        rust_type,
        "i64" | "u64" | "i128" | "u128" | "isize" | "usize"
    )
}

fn has_wide(shape: &Shape) -> bool {
    match shape {
        Shape::Scalar(Scalar::Integer(format)) => matches!(
            format,
            IntegerFormat::Int64
                | IntegerFormat::Uint64
                | IntegerFormat::Int128
                | IntegerFormat::Uint128
        ),
        Shape::List(inner) | Shape::Map(inner) | Shape::Checked(inner, _) => has_wide(inner),
        Shape::Tuple(parts) | Shape::Union(parts) | Shape::Intersection(parts) => {
            parts.iter().any(has_wide)
        }
        Shape::Object(properties) => properties
            .iter()
            .any(|property: &Property| has_wide(&property.shape)),
        Shape::Open(properties, rest) => {
            has_wide(rest) || properties.iter().any(|property| has_wide(&property.shape))
        }
        _ => false,
    }
}

fn without_checks(shape: &Shape) -> &Shape {
    match shape {
        Shape::Checked(inner, _) => inner,
        other => other,
    }
}
