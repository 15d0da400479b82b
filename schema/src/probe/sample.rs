//! The smallest value that a JSON Schema allows.

use serde_json::{Map, Value, json};

use crate::declare::decoded;

/// Types nested deeper than this are recursive.
const DEEPEST: u8 = 16;

/// The JSON Schemas of the named types.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definitions<'a>(pub(super) &'a Map<String, Value>);

/// What a schema says, where all has to hold at once.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    /// A named type.
    Named(&'a str, &'a Value),
    /// One of several.
    Choice(&'a [Value]),
    /// The schema's own keywords.
    Own(&'a Map<String, Value>),
    /// Another schema.
    Other(&'a Value),
}

impl<'a> Definitions<'a> {
    /// The fields of the object that a payload is: its name, and of each field the key and the type.
    pub(super) fn fields(self, payload: &'a Value) -> Vec<(&'a str, &'a str, &'a Value)> {
        let parts = self.parts(payload);
        let named = parts.iter().find_map(|part| match part {
            Part::Named(name, schema) => Some((*name, schema.get("properties")?.as_object()?)),
            _ => None,
        });
        let (name, properties) = match named {
            Some((name, properties)) => (name, Some(properties)),
            None => ("", None),
        };
        let properties = properties.into_iter().flatten();
        properties
            .map(|(key, schema)| (name, key.as_str(), schema))
            .collect()
    }

    /// The parts of a schema.
    pub(super) fn parts(self, schema: &'a Value) -> Vec<Part<'a>> {
        let Value::Object(keywords) = schema else {
            return Vec::new();
        };
        let list = |key: &str| keywords.get(key).and_then(Value::as_array);
        let named = keywords
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|target| {
                let name = decoded(target.strip_prefix("#/$defs/")?);
                let (name, schema) = self.0.get_key_value(&name)?;
                Some(Part::Named(name, schema))
            });
        let choices = ["oneOf", "anyOf"].into_iter().filter_map(list);
        let others = list("allOf").into_iter().flatten().map(Part::Other);
        let mut parts: Vec<Part<'a>> = named.into_iter().collect();
        parts.extend(choices.map(|members| Part::Choice(members)));
        parts.extend(others);
        parts.push(Part::Own(keywords));
        parts
    }

    /// A small value of the type; nothing if there is none, or none that is known.
    pub(super) fn sample(self, schema: &Value) -> Option<Value> {
        self.sample_at(schema, 0)
    }

    /// A small value that has what all `parts` say.
    pub(super) fn sample_of_all(self, parts: &[Part<'_>]) -> Option<Value> {
        self.all_at(parts, 0)
    }

    fn sample_at(self, schema: &Value, depth: u8) -> Option<Value> {
        match schema {
            Value::Bool(false) => None,
            _ if depth > DEEPEST => None,
            _ => self.all_at(&self.parts(schema), depth + 1),
        }
    }

    fn all_at(self, parts: &[Part<'_>], depth: u8) -> Option<Value> {
        let samples = parts.iter().map(|part| self.part_at(*part, depth));
        let samples: Vec<Value> = samples.collect::<Option<_>>()?;
        Some(samples.into_iter().fold(Value::Null, merged))
    }

    fn part_at(self, part: Part<'_>, depth: u8) -> Option<Value> {
        match part {
            Part::Named(_, schema) | Part::Other(schema) => self.sample_at(schema, depth),
            Part::Choice(members) => {
                let null = members.iter().find(|member| is_null(member));
                let mut in_order = null.into_iter().chain(members);
                in_order.find_map(|member| self.sample_at(member, depth))
            }
            Part::Own(keywords) => self.own_at(keywords, depth),
        }
    }

    fn own_at(self, keywords: &Map<String, Value>, depth: u8) -> Option<Value> {
        if let Some(value) = keywords.get("const") {
            return Some(value.clone());
        }
        if let Some(values) = keywords.get("enum").and_then(Value::as_array) {
            return values.first().cloned();
        }
        let kind = match keywords.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(Value::Array(kinds)) if kinds.iter().any(|kind| kind == "null") => "null",
            Some(Value::Array(kinds)) => kinds.first()?.as_str()?,
            _ if keywords.contains_key("properties") => "object",
            _ => "null",
        };
        match kind {
            "boolean" => Some(json!(true)),
            "integer" | "number" => Some(number(keywords)),
            "string" => Some(json!(text(keywords))),
            "array" => self.list_at(keywords, depth),
            "object" => self.object_at(keywords, depth),
            _ => Some(Value::Null),
        }
    }

    fn list_at(self, keywords: &Map<String, Value>, depth: u8) -> Option<Value> {
        if let Some(places) = keywords.get("prefixItems").and_then(Value::as_array) {
            let places = places.iter().map(|place| self.sample_at(place, depth));
            return places.collect::<Option<Vec<_>>>().map(Value::Array);
        }
        let least = keywords.get("minItems").and_then(Value::as_u64);
        let least = usize::try_from(least.unwrap_or_default()).ok()?;
        if least == 0 {
            return Some(json!([]));
        }
        let item = match keywords.get("items") {
            Some(items) => self.sample_at(items, depth)?,
            None => Value::Null,
        };
        Some(Value::Array(vec![item; least]))
    }

    fn object_at(self, keywords: &Map<String, Value>, depth: u8) -> Option<Value> {
        let properties = keywords.get("properties").and_then(Value::as_object);
        let required = keywords.get("required").and_then(Value::as_array);
        let is_required =
            |key: &str| required.is_some_and(|keys| keys.iter().any(|other| other == key));
        let properties = properties.into_iter().flatten();
        let needed = properties.filter(|(key, _)| is_required(key));
        let entries =
            needed.map(|(key, schema)| Some((key.clone(), self.sample_at(schema, depth)?)));
        entries.collect::<Option<Map<_, _>>>().map(Value::Object)
    }
}

/// Whether a schema allows null and nothing else.
pub(super) fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// Both objects as one; of other values the one that is not null.
pub(super) fn merged(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Object(mut left), Value::Object(right)) => {
            left.extend(right);
            Value::Object(left)
        }
        (left @ Value::Object(_), _) | (left, Value::Null) => left,
        (_, right) => right,
    }
}

fn number(keywords: &Map<String, Value>) -> Value {
    let bound = |key: &str| keywords.get(key).filter(|bound| bound.is_number());
    let one = json!(1);
    let within = |bound: Option<&Value>, fits: fn(f64) -> bool| {
        let bound = bound.and_then(Value::as_f64);
        bound.is_none_or(fits)
    };
    if !within(bound("minimum"), |least| least <= 1.0) {
        return bound("minimum").cloned().unwrap_or(one);
    }
    if !within(bound("maximum"), |most| most >= 1.0) {
        return bound("maximum").cloned().unwrap_or(one);
    }
    one
}

/// A text of the form that the keywords name.
fn text(keywords: &Map<String, Value>) -> String {
    let keyword = |key: &str| keywords.get(key).and_then(Value::as_str);
    let least = keywords.get("minLength").and_then(Value::as_u64);
    let of_format = match keyword("format").unwrap_or_default() {
        "date-time" => "2026-05-01T09:00:00Z",
        "partial-date-time" => "2026-05-01T09:00:00",
        "date" => "2026-05-01",
        "partial-time" | "time" => "09:00:00",
        "uuid" => "67e55044-10b1-426f-9247-bb680e5fe0c8",
        "uri" => "https://example.com/",
        "ip" | "ipv4" => "127.0.0.1",
        "ipv6" => "::1",
        "email" => "a@example.com",
        "digits" | "bigint" => "1",
        "base64" => "AQID",
        _ if keyword("pattern").is_some_and(|pattern| pattern.contains(r"\d")) => "1",
        _ => return "a".repeat(least.and_then(|least| least.try_into().ok()).unwrap_or(1)),
    };
    of_format.to_owned()
}
