//! The smallest value that a JSON Schema allows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::formats::TextFormat;
use crate::references::decoded;

/// More values than this are in no sample: types that require others twice grow with each level.
const LARGEST: usize = 5_000;

/// A small value of each named type that has one.
pub(super) type Samples = BTreeMap<String, Value>;

/// The JSON Schemas of the named types, and a small value of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definitions<'a> {
    schemas: &'a Map<String, Value>,
    samples: &'a Samples,
}

/// A small value of each type that a payload leads to. Types that mention each other get theirs from those that have one
/// already, so none is looked at within itself.
pub(super) fn samples(payload: &Value, schemas: &Map<String, Value>) -> Samples {
    let mut samples = Samples::new();
    let mut open: Vec<&str> = reached(payload, schemas).into_iter().collect();
    loop {
        let definitions = Definitions::new(schemas, &samples);
        let found: Samples = open
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), definitions.sample(schemas.get(*name)?)?)))
            .filter(|(_, sample)| size(sample) <= LARGEST)
            .collect();
        if found.is_empty() {
            return samples;
        }
        samples.extend(found);
        open.retain(|name| !samples.contains_key(*name));
    }
}

/// The names of the types that a payload leads to.
fn reached<'a>(payload: &Value, schemas: &'a Map<String, Value>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![payload];
    while let Some(schema) = open.pop() {
        match schema {
            Value::Object(keywords) => {
                open.extend(keywords.values());
                let named = definition(schemas, keywords);
                open.extend(
                    named
                        .filter(|(name, _)| found.insert(*name))
                        .map(|(_, schema)| schema),
                );
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// The named type that a schema refers to.
fn definition<'a>(
    schemas: &'a Map<String, Value>,
    keywords: &Map<String, Value>,
) -> Option<(&'a str, &'a Value)> {
    let target = keywords.get("$ref")?.as_str()?;
    let name = decoded(target.strip_prefix("#/$defs/")?);
    let (name, schema) = schemas.get_key_value(&name)?;
    Some((name, schema))
}

/// How many values there are in a value.
fn size(value: &Value) -> usize {
    match value {
        Value::Object(entries) => 1 + entries.values().map(size).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

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
    pub(super) fn new(schemas: &'a Map<String, Value>, samples: &'a Samples) -> Self {
        Self { schemas, samples }
    }

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

    /// The schema of a named type.
    pub(super) fn named(self, name: &str) -> Option<&'a Value> {
        self.schemas.get(name)
    }

    /// The parts of a schema.
    pub(super) fn parts(self, schema: &'a Value) -> Vec<Part<'a>> {
        let Value::Object(keywords) = schema else {
            return Vec::new();
        };
        let list = |key: &str| keywords.get(key).and_then(Value::as_array);
        let named = definition(self.schemas, keywords);
        let named = named.map(|(name, schema)| Part::Named(name, schema));
        let choices = ["oneOf", "anyOf"].into_iter().filter_map(list);
        let others = list("allOf").into_iter().flatten().map(Part::Other);
        let mut parts: Vec<Part<'a>> = named.into_iter().collect();
        parts.extend(choices.map(|members| Part::Choice(members)));
        parts.extend(others);
        parts.push(Part::Own(keywords));
        parts
    }

    /// The keys that a type of an object has of its own, without those of choices.
    pub(super) fn keys(self, schema: &Value) -> Vec<String> {
        let parts = self.parts(schema).into_iter();
        let keys = parts.map(|part| match part {
            Part::Named(_, schema) | Part::Other(schema) => self.keys(schema),
            Part::Choice(_) => Vec::new(),
            Part::Own(keywords) => {
                let properties = keywords.get("properties").and_then(Value::as_object);
                properties
                    .into_iter()
                    .flatten()
                    .map(|(key, _)| key.clone())
                    .collect()
            }
        });
        keys.collect::<Vec<_>>().concat()
    }

    /// A small value of the type; nothing if there is none, or none that is known.
    pub(super) fn sample(self, schema: &Value) -> Option<Value> {
        match schema {
            Value::Bool(false) => None,
            _ => self.sample_of_all(&self.parts(schema)),
        }
    }

    /// A small value that has what all `parts` say.
    pub(super) fn sample_of_all(self, parts: &[Part<'_>]) -> Option<Value> {
        let samples = parts.iter().map(|part| self.sample_of(*part));
        let samples: Vec<Value> = samples.collect::<Option<_>>()?;
        Some(samples.into_iter().fold(Value::Null, merged))
    }

    fn sample_of(self, part: Part<'_>) -> Option<Value> {
        match part {
            Part::Named(name, _) => self.samples.get(name).cloned(),
            Part::Other(schema) => self.sample(schema),
            Part::Choice(members) => {
                let null = members.iter().find(|member| is_null(member));
                let mut in_order = null.into_iter().chain(members);
                in_order.find_map(|member| self.sample(member))
            }
            Part::Own(keywords) => self.sample_of_own(keywords),
        }
    }

    fn sample_of_own(self, keywords: &Map<String, Value>) -> Option<Value> {
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
            "array" => self.list(keywords),
            "object" => self.object(keywords),
            _ => Some(Value::Null),
        }
    }

    fn list(self, keywords: &Map<String, Value>) -> Option<Value> {
        if let Some(places) = keywords.get("prefixItems").and_then(Value::as_array) {
            let places = places.iter().map(|place| self.sample(place));
            return places.collect::<Option<Vec<_>>>().map(Value::Array);
        }
        let least = keywords.get("minItems").and_then(Value::as_u64);
        let least = usize::try_from(least.unwrap_or_default()).ok()?;
        if least == 0 {
            return Some(json!([]));
        }
        let item = match keywords.get("items") {
            Some(items) => self.sample(items)?,
            None => Value::Null,
        };
        Some(Value::Array(vec![item; least]))
    }

    fn object(self, keywords: &Map<String, Value>) -> Option<Value> {
        let properties = keywords.get("properties").and_then(Value::as_object);
        let required = keywords.get("required").and_then(Value::as_array);
        let is_required =
            |key: &str| required.is_some_and(|keys| keys.iter().any(|other| other == key));
        let properties = properties.into_iter().flatten();
        let needed = properties.filter(|(key, _)| is_required(key));
        let entries = needed.map(|(key, schema)| Some((key.clone(), self.sample(schema)?)));
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
    let format = keyword("format").unwrap_or_default();
    if let Some(known) = TextFormat::of_keyword(format) {
        return known.example().to_owned();
    }
    match format {
        "email" => "a@example.com".to_owned(),
        _ if keyword("pattern").is_some_and(|pattern| pattern.contains(r"\d")) => "1".to_owned(),
        _ => "a".repeat(least.and_then(|least| least.try_into().ok()).unwrap_or(1)),
    }
}
