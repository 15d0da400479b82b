//! From [`Shape`] to the JSON Schema (draft 7) that AsyncAPI documents have.

use rowcast_schema::FieldCode;
use rowcast_schema::contract::{IntegerFormat, NumberFormat, Property, Scalar, Shape, TextFormat};
use rowcast_schema::rule::{IpVersion, LengthUnit, Rule};
use serde_json::{Map, Value, json};

/// The schema of a type.
pub(super) fn schema(shape: &Shape) -> Value {
    match shape {
        Shape::Any => json!(true),
        Shape::Never => json!(false),
        Shape::Null => json!({ "type": "null" }),
        Shape::Scalar(scalar) => self::scalar(*scalar),
        Shape::Literal(value) => json!({ "const": value }),
        Shape::List(item) => json!({ "type": "array", "items": schema(item) }),
        Shape::Tuple(places) => tuple(places.iter().map(schema).collect()),
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": schema(value) }),
        Shape::Object(properties) => object(properties, None),
        Shape::Open(properties, rest) => object(properties, Some(schema(rest))),
        Shape::Union(members) => union(members),
        Shape::Intersection(parts) => {
            json!({ "allOf": parts.iter().map(schema).collect::<Vec<_>>() })
        }
        Shape::Named(name) => reference(name),
        Shape::Checked(inner, rules) => checked(inner, rules),
    }
}

/// A reference to a named schema of the document.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A list with a schema for each place.
pub(super) fn tuple(places: Vec<Value>) -> Value {
    let count = places.len();
    match count {
        // A list of schemas may not be empty.
        0 => json!({ "type": "array", "maxItems": 0 }),
        _ => {
            json!({ "type": "array", "items": places, "minItems": count, "additionalItems": false })
        }
    }
}

fn scalar(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Boolean => json!({ "type": "boolean" }),
        Scalar::Integer(format) => integer(format),
        Scalar::Number(NumberFormat::Single) => json!({ "type": "number", "format": "float" }),
        Scalar::Number(NumberFormat::Double | NumberFormat::Decimal) => {
            json!({ "type": "number", "format": "double" })
        }
        Scalar::Text(format) => text(format),
        Scalar::Bytes => json!({ "type": "string", "format": "binary" }),
    }
}

fn integer(format: IntegerFormat) -> Value {
    match format.bounds() {
        Some((min, max)) => json!({ "type": "integer", "minimum": min, "maximum": max }),
        None if format.signed() => json!({ "type": "integer" }),
        None => json!({ "type": "integer", "minimum": 0 }),
    }
}

fn text(format: TextFormat) -> Value {
    let name = match format {
        TextFormat::Plain => return json!({ "type": "string" }),
        TextFormat::Character => {
            return json!({ "type": "string", "minLength": 1, "maxLength": 1 });
        }
        TextFormat::Digits | TextFormat::BigInt => {
            return json!({ "type": "string", "pattern": "^(0|-?[1-9][0-9]*)$" });
        }
        TextFormat::Decimal => {
            return json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$" });
        }
        TextFormat::Base64 => return json!({ "type": "string", "contentEncoding": "base64" }),
        // No standard format: neither has an offset.
        TextFormat::LocalDateTime => {
            return json!({ "type": "string", "examples": ["2026-05-01T09:00"] });
        }
        TextFormat::Time => return json!({ "type": "string", "examples": ["09:00"] }),
        TextFormat::Ip => {
            return json!({ "type": "string", "anyOf": [{ "format": "ipv4" }, { "format": "ipv6" }] });
        }
        TextFormat::DateTime => "date-time",
        TextFormat::Date => "date",
        TextFormat::Uuid => "uuid",
        TextFormat::Uri => "uri",
        TextFormat::Ipv4 => "ipv4",
        TextFormat::Ipv6 => "ipv6",
    };
    json!({ "type": "string", "format": name })
}

fn object(properties: &[Property], rest: Option<Value>) -> Value {
    let known: Map<String, Value> = properties
        .iter()
        .map(|property| {
            (
                property.name.clone(),
                described(
                    schema(&property.shape),
                    &property.doc,
                    property.deprecated.as_deref(),
                ),
            )
        })
        .collect();
    let required: Vec<&str> = properties
        .iter()
        .filter(|property| !property.optional)
        .map(|property| property.name.as_str())
        .collect();
    let mut object = json!({ "type": "object" });
    if !known.is_empty() {
        object["properties"] = Value::Object(known);
    }
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    if let Some(rest) = rest {
        object["additionalProperties"] = rest;
    }
    object
}

/// A schema with a description. Beside a reference nothing else is read, so it goes around it.
pub(super) fn described(schema: Value, doc: &str, deprecated: Option<&str>) -> Value {
    let doc = crate::doc::with_warning(doc, deprecated);
    let mut around = match schema {
        schema if doc.is_empty() => return schema,
        Value::Object(schema) if !schema.contains_key("$ref") => schema,
        schema => Map::from_iter([("allOf".to_owned(), json!([schema]))]),
    };
    around.insert("description".to_owned(), json!(doc));
    if deprecated.is_some() {
        around.insert("deprecated".to_owned(), json!(true));
    }
    Value::Object(around)
}

fn union(members: &[Shape]) -> Value {
    let literals: Option<Vec<&Value>> = members
        .iter()
        .map(|member| match member {
            Shape::Literal(value) => Some(value),
            _ => None,
        })
        .collect();
    if let Some(literals) = literals {
        return json!({ "enum": literals });
    }
    if let [only, Shape::Null] = members
        && let Value::Object(mut nullable) = schema(only)
        && let Some(Value::String(kind)) = nullable.get("type").cloned()
    {
        nullable.insert("type".to_owned(), json!([kind, "null"]));
        return Value::Object(nullable);
    }
    json!({ "anyOf": members.iter().map(schema).collect::<Vec<_>>() })
}

fn checked(inner: &Shape, rules: &[Rule]) -> Value {
    let mut checked = match schema(inner) {
        Value::Object(checked) if !checked.contains_key("$ref") => checked,
        other => return other,
    };
    for rule in rules {
        match rule {
            Rule::Length { unit, min, max } => {
                let (least, most) = match unit {
                    LengthUnit::Items if checked.get("type") == Some(&json!("object")) => {
                        ("minProperties", "maxProperties")
                    }
                    LengthUnit::Items => ("minItems", "maxItems"),
                    // What counts more than characters allows no more of them.
                    LengthUnit::Characters
                    | LengthUnit::Bytes
                    | LengthUnit::Utf16
                    | LengthUnit::Unstated => ("minLength", "maxLength"),
                    LengthUnit::Simple | LengthUnit::Graphemes => continue,
                };
                let exact = matches!(
                    unit,
                    LengthUnit::Items | LengthUnit::Characters | LengthUnit::Unstated
                );
                if let Some(min) = min.filter(|_| exact) {
                    checked.insert(least.to_owned(), json!(min));
                }
                if let Some(max) = max {
                    checked.insert(most.to_owned(), json!(max));
                }
            }
            Rule::Range { min, max } if checked.get("type") != Some(&json!("string")) => {
                checked.extend(min.as_ref().map(|min| ("minimum".to_owned(), json!(min))));
                checked.extend(max.as_ref().map(|max| ("maximum".to_owned(), json!(max))));
            }
            Rule::Pattern(pattern) => {
                checked.insert("pattern".to_owned(), json!(pattern));
            }
            Rule::Email => drop(checked.insert("format".to_owned(), json!("email"))),
            Rule::Url => drop(checked.insert("format".to_owned(), json!("uri"))),
            Rule::Ip(IpVersion::V4) => drop(checked.insert("format".to_owned(), json!("ipv4"))),
            Rule::Ip(IpVersion::V6) => drop(checked.insert("format".to_owned(), json!("ipv6"))),
            Rule::NoOtherKeys => {
                checked.insert("additionalProperties".to_owned(), json!(false));
            }
            Rule::Keys(pattern) => {
                checked.insert("propertyNames".to_owned(), json!({ "pattern": pattern }));
            }
            // Known names obey no rule of others.
            Rule::Key(code) if !checked.contains_key("properties") => {
                let keys = match code {
                    FieldCode::Choice { options } => json!({ "enum": options }),
                    FieldCode::Format { format } => text(*format),
                    _ => continue,
                };
                checked.insert("propertyNames".to_owned(), keys);
            }
            _ => {}
        }
    }
    Value::Object(checked)
}
