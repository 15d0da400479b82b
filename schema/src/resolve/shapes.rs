//! From JSON Schema, as schemars writes it, to [`Shape`].

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::keywords::{integer_format, is_bytes, number_format, rules, text_format};
use crate::contract::{Property, Scalar, Shape};
use crate::rule::Rule;

const DEFINITIONS: &str = "#/$defs/";

/// Fixed-length lists up to this length are written out as tuples.
const LONGEST_TUPLE: u64 = 16;

/// The type that a schema stands for; `name` gives the name of a referred type.
pub(super) fn shape(schema: &Value, name: &dyn Fn(&str) -> String) -> Shape {
    match schema {
        Value::Bool(false) => Shape::Never,
        Value::Object(schema) => object_schema(schema, name),
        _ => Shape::Any,
    }
}

/// The doc comment in a schema.
pub(super) fn doc(schema: &Value) -> String {
    schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Whether a schema is of something deprecated; its note is not in there.
pub(super) fn deprecated(schema: &Value) -> Option<String> {
    let is_deprecated = schema.get("deprecated").and_then(Value::as_bool);
    is_deprecated.unwrap_or_default().then(String::new)
}

/// The names of the types that a schema refers to, in order, with repetitions.
pub(super) fn references(schema: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect_references(schema, &mut found);
    found
}

fn collect_references<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    match schema {
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_references(item, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                match value.as_str().filter(|_| key == "$ref") {
                    Some(target) => found.extend(target.strip_prefix(DEFINITIONS)),
                    None => collect_references(value, found),
                }
            }
        }
        _ => {}
    }
}

/// The keywords of a schema all apply at once, so the type is the intersection of what each says.
fn object_schema(schema: &Map<String, Value>, name: &dyn Fn(&str) -> String) -> Shape {
    let all = |key: &str| {
        schema
            .get(key)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
    };
    let mut parts = Vec::new();
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        parts.push(Shape::Named(name(
            target.strip_prefix(DEFINITIONS).unwrap_or(target),
        )));
    }
    for key in ["oneOf", "anyOf"] {
        if schema.contains_key(key) {
            let options = all(key);
            let closed = is_result(options);
            let option = |option: &Value| match shape(option, name) {
                shape if closed => shape.checked(vec![Rule::NoOtherKeys]),
                shape => shape,
            };
            let options = options.iter().map(option).collect();
            parts.push(match schema.contains_key("properties") {
                true => Shape::union(without_keys_of_others(options)),
                false => Shape::union(options),
            });
        }
    }
    parts.extend(all("allOf").iter().map(|part| shape(part, name)));
    if let Some(value) = schema.get("const") {
        parts.push(literal(value));
    } else if schema.contains_key("enum") {
        parts.push(Shape::union(all("enum").iter().map(literal)));
    } else {
        parts.extend(typed(schema, name));
    }
    parts.retain(|part| *part != Shape::Any);
    match parts.len() {
        0 => Shape::Any,
        1 => parts.remove(0),
        _ => Shape::Intersection(parts),
    }
}

/// The options of what is flattened into an object. Of an `Option` that is none, the JSON Schema says only that anything
/// goes: then the object has no key of the other options.
fn without_keys_of_others(options: Vec<Shape>) -> Vec<Shape> {
    let mut keys = BTreeSet::new();
    let all_known = options
        .iter()
        .filter(|option| **option != Shape::Any)
        .all(|option| add_keys(option, &mut keys));
    if !all_known || !options.contains(&Shape::Any) {
        return options;
    }
    let absent = keys.into_iter().map(|name| Property {
        name,
        doc: String::new(),
        deprecated: None,
        shape: Shape::Never,
        optional: true,
        access: None,
    });
    let none = Shape::Object(absent.collect());
    let known = options.into_iter().filter(|option| *option != Shape::Any);
    known.chain([none]).collect()
}

/// Adds the keys of an object, or of each object of a union; tells whether all are known.
fn add_keys(shape: &Shape, keys: &mut BTreeSet<String>) -> bool {
    match shape {
        Shape::Object(properties) => {
            keys.extend(properties.iter().map(|property| property.name.clone()));
            true
        }
        Shape::Checked(inner, _) => add_keys(inner, keys),
        Shape::Union(members) => members.iter().all(|member| add_keys(member, keys)),
        _ => false,
    }
}

/// Whether these are the two options of a `Result`, whose JSON Schema does not tell that serde takes no other key.
fn is_result(options: &[Value]) -> bool {
    let key = |option: &Value| {
        let keys = option.get("properties")?.as_object()?;
        let only = keys.keys().next()?;
        (keys.len() == 1).then(|| only.clone())
    };
    let keys: Vec<Option<String>> = options.iter().map(key).collect();
    matches!(keys.as_slice(), [Some(ok), Some(err)] if ok == "Ok" && err == "Err")
}

fn literal(value: &Value) -> Shape {
    if value.is_null() {
        Shape::Null
    } else {
        Shape::Literal(value.clone())
    }
}

fn typed(schema: &Map<String, Value>, name: &dyn Fn(&str) -> String) -> Option<Shape> {
    match schema.get("type") {
        Some(Value::String(kind)) => Some(one_type(kind, schema, name)),
        Some(Value::Array(kinds)) => Some(Shape::union(
            kinds
                .iter()
                .filter_map(Value::as_str)
                .map(|kind| one_type(kind, schema, name)),
        )),
        _ => schema
            .contains_key("properties")
            .then(|| one_type("object", schema, name)),
    }
}

fn one_type(kind: &str, schema: &Map<String, Value>, name: &dyn Fn(&str) -> String) -> Shape {
    let shape = match kind {
        "null" => Shape::Null,
        "boolean" => Shape::Scalar(Scalar::Boolean),
        "integer" => Shape::Scalar(Scalar::Integer(integer_format(schema))),
        "number" => Shape::Scalar(Scalar::Number(number_format(schema))),
        "string" if is_bytes(schema) => Shape::Scalar(Scalar::Bytes),
        "string" => Shape::Scalar(Scalar::Text(text_format(schema))),
        "array" => array(schema, name),
        "object" => object(schema, name),
        _ => Shape::Any,
    };
    match shape {
        // The number of places says it already.
        Shape::Tuple(_) => shape,
        shape => shape.checked(rules(kind, schema)),
    }
}

fn array(schema: &Map<String, Value>, name: &dyn Fn(&str) -> String) -> Shape {
    if let Some(places) = schema.get("prefixItems").and_then(Value::as_array) {
        return Shape::Tuple(places.iter().map(|place| shape(place, name)).collect());
    }
    let item = schema
        .get("items")
        .map_or(Shape::Any, |item| shape(item, name));
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
    match (bound("minItems"), bound("maxItems")) {
        (Some(least), Some(most)) if least == most && most <= LONGEST_TUPLE => {
            Shape::Tuple((0..most).map(|_| item.clone()).collect())
        }
        _ => Shape::List(Box::new(item)),
    }
}

fn object(schema: &Map<String, Value>, name: &dyn Fn(&str) -> String) -> Shape {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |key: &str| required.is_some_and(|keys| keys.iter().any(|other| other == key));
    let known: Vec<Property> = properties
        .into_iter()
        .flatten()
        .map(|(key, value)| Property {
            name: key.clone(),
            doc: doc(value),
            deprecated: deprecated(value),
            shape: shape(value, name),
            optional: !is_required(key),
            access: None,
        })
        .collect();
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    match (known.is_empty(), rest(schema, name)) {
        (true, None) if is_closed => Shape::Object(known).checked(vec![Rule::NoOtherKeys]),
        (true, Some(rest)) => Shape::Map(Box::new(rest)),
        (false, Some(rest)) => Shape::Open(known, Box::new(rest)),
        (_, None) => Shape::Object(known),
    }
}

/// The type of values under keys that are not known beforehand.
fn rest(schema: &Map<String, Value>, name: &dyn Fn(&str) -> String) -> Option<Shape> {
    let patterns = schema
        .get("patternProperties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let others = schema
        .get("additionalProperties")
        .filter(|rest| !rest.is_boolean());
    let shapes: Vec<Shape> = patterns
        .map(|(_, rest)| rest)
        .chain(others)
        .map(|rest| shape(rest, name))
        .collect();
    (!shapes.is_empty()).then(|| Shape::union(shapes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::{IntegerFormat, NumberFormat};

    fn of(schema: Value) -> Shape {
        shape(&schema, &|name| name.to_owned())
    }

    #[test]
    fn nullable_scalars_are_unions() {
        let expected = Shape::Union(vec![
            Shape::Scalar(Scalar::Integer(IntegerFormat::Uint8)),
            Shape::Null,
        ]);
        assert_eq!(
            of(json!({ "type": ["integer", "null"], "format": "uint8" })),
            expected
        );
    }

    #[test]
    fn documented_variants_are_flattened_into_one_union() {
        let schema = json!({ "oneOf": [{ "type": "string", "enum": ["A", "B"] }, { "type": "string", "const": "C" }] });
        let literal = |text: &str| Shape::Literal(json!(text));
        assert_eq!(
            of(schema),
            Shape::Union(vec![literal("A"), literal("B"), literal("C")])
        );
    }

    #[test]
    fn a_reference_beside_properties_is_an_intersection() {
        let schema = json!({ "$ref": "#/$defs/Inner", "type": "object", "properties": { "t": { "const": "N" } }, "required": ["t"] });
        let Shape::Intersection(parts) = of(schema) else {
            panic!("an intersection")
        };
        assert_eq!(parts[0], Shape::Named("Inner".into()));
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn an_object_without_keys_may_be_closed_too() {
        let closed = json!({ "type": "object", "additionalProperties": false });
        let expected = Shape::Object(vec![]).checked(vec![Rule::NoOtherKeys]);
        assert_eq!(of(closed), expected);
    }

    #[test]
    fn maps_and_tuples() {
        assert_eq!(
            of(json!({ "type": "object", "additionalProperties": true })),
            Shape::Object(vec![])
        );
        let map = json!({ "type": "object", "additionalProperties": { "type": "boolean" } });
        assert_eq!(
            of(map),
            Shape::Map(Box::new(Shape::Scalar(Scalar::Boolean)))
        );
        let three =
            json!({ "type": "array", "items": { "type": "number" }, "minItems": 3, "maxItems": 3 });
        assert_eq!(
            of(three),
            Shape::Tuple(vec![Shape::Scalar(Scalar::Number(NumberFormat::Double)); 3])
        );
    }
}
