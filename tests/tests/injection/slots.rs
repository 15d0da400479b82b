//! Where the inputs of a contract take texts of a client's own: in its fields, at any depth, keys of maps included.

use std::cell::Cell;

use rowcast_schema::Contract;
use rowcast_schema::contract::{Property, Scalar, Shape, TextFormat};
use rowcast_schema::rule::Rule;
use serde_json::{Map, Value, json};

/// Stands for the text that is to be put in.
const HOLE: &str = "\u{1}HOLE\u{1}";

/// Deeper, types repeat themselves.
const DEEPEST: u8 = 4;

/// A value of a field, with a hole in it.
#[derive(Debug, Clone)]
pub struct Slot {
    value: Value,
    /// Whether it may refuse some texts.
    pub is_ruled: bool,
}

impl Slot {
    /// The value with the text in its hole.
    pub fn filled(&self, text: &str) -> Value {
        filled(&self.value, text)
    }
}

fn filled(value: &Value, text: &str) -> Value {
    match value {
        Value::String(hole) => json!(hole.replace(HOLE, text)),
        Value::Array(items) => items.iter().map(|item| filled(item, text)).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.replace(HOLE, text), filled(value, text)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// Makes values of the types of a contract.
pub struct Samples<'a> {
    contract: &'a Contract,
    texts: Cell<usize>,
}

impl<'a> Samples<'a> {
    pub fn new(contract: &'a Contract) -> Self {
        Self {
            contract,
            texts: Cell::new(0),
        }
    }

    /// The fields of an object type.
    pub fn properties(&self, name: &str) -> &'a [Property] {
        match self.named(name) {
            Shape::Object(properties) => properties,
            other => panic!("{name} is no object: {other:?}"),
        }
    }

    fn named(&self, name: &str) -> &'a Shape {
        let types = self.contract.types();
        let found = types.iter().find(|definition| definition.name == name);
        &found.unwrap_or_else(|| panic!("there is no {name}")).shape
    }

    /// A value of a type; texts differ, since they may have to.
    pub fn value(&self, shape: &Shape) -> Value {
        match shape {
            Shape::Any | Shape::Null | Shape::Never => Value::Null,
            Shape::Literal(value) => value.clone(),
            Shape::Scalar(scalar) => self.scalar(*scalar),
            Shape::List(_) => json!([]),
            Shape::Map(_) => json!({}),
            Shape::Tuple(places) => places.iter().map(|place| self.value(place)).collect(),
            Shape::Object(properties) | Shape::Open(properties, _) => self.object(properties),
            Shape::Union(parts) if parts.contains(&Shape::Null) => Value::Null,
            Shape::Union(parts) => parts.first().map_or(Value::Null, |part| self.value(part)),
            Shape::Intersection(parts) => parts
                .iter()
                .map(|part| self.value(part))
                .fold(json!({}), merged),
            Shape::Named(name) => self.value(self.named(name)),
            Shape::Checked(shape, rules) => self.checked(shape, rules),
        }
    }

    fn object(&self, properties: &[Property]) -> Value {
        let entries = properties.iter();
        let entries = entries.map(|one| (one.name.clone(), self.value(&one.shape)));
        entries.collect::<Map<_, _>>().into()
    }

    fn scalar(&self, scalar: Scalar) -> Value {
        let number = self.texts.get() + 1;
        self.texts.set(number);
        match scalar {
            Scalar::Boolean => json!(true),
            Scalar::Integer(_) => json!(20),
            Scalar::Number(_) => json!(0.5),
            Scalar::Bytes => json!({ "base64": "AQID" }),
            Scalar::Text(format) => json!(match format {
                TextFormat::Plain => format!("t{number}"),
                TextFormat::Character => "x".into(),
                TextFormat::DateTime => "2026-05-01T09:00:00Z".into(),
                TextFormat::LocalDateTime => "2026-05-01T09:00:00".into(),
                TextFormat::Date => "2026-05-01".into(),
                TextFormat::Time => "09:00:00".into(),
                TextFormat::Uuid => format!("67e55044-10b1-426f-9247-{number:012}"),
                TextFormat::Uri => "https://example.com/".into(),
                TextFormat::Ip | TextFormat::Ipv4 => "127.0.0.1".into(),
                TextFormat::Ipv6 => "::1".into(),
                TextFormat::Decimal | TextFormat::Digits | TextFormat::BigInt => "7".into(),
                TextFormat::Base64 => "AQID".into(),
            }),
        }
    }

    fn checked(&self, shape: &Shape, rules: &[Rule]) -> Value {
        let value = self.value(shape);
        for rule in rules {
            match rule {
                Rule::Email => return json!("a@example.com"),
                Rule::Url => return json!("https://example.com/"),
                Rule::Pattern(pattern) if pattern.contains("00$") => return json!("900"),
                _ => {}
            }
        }
        value
    }

    /// All places for texts in a type.
    pub fn slots(&self, shape: &Shape) -> Vec<Slot> {
        self.slots_at(shape, 0)
    }

    fn slots_at(&self, shape: &Shape, depth: u8) -> Vec<Slot> {
        let free = |value| Slot {
            value,
            is_ruled: false,
        };
        if depth > DEEPEST {
            return Vec::new();
        }
        let below = |inner: &Shape| self.slots_at(inner, depth + 1);
        match shape {
            Shape::Any => vec![free(json!(HOLE)), free(json!({ HOLE: [HOLE] }))],
            Shape::Scalar(Scalar::Text(TextFormat::Plain)) => vec![free(json!(HOLE))],
            Shape::List(item) => around(below(item), |value| json!([value])),
            Shape::Map(value) => {
                let mut slots = around(below(value), |value| json!({ "key": value }));
                slots.push(free(json!({ HOLE: self.value(value) })));
                slots
            }
            Shape::Tuple(places) => places
                .iter()
                .enumerate()
                .flat_map(|(index, place)| {
                    around(below(place), move |value| {
                        let mut tuple = self.value(shape);
                        tuple[index] = value;
                        tuple
                    })
                })
                .collect(),
            Shape::Object(properties) => self.slots_in(shape, properties, depth),
            Shape::Open(properties, rest) => {
                let mut slots = self.slots_in(shape, properties, depth);
                let other = json!({ HOLE: self.value(rest) });
                slots.push(free(merged(self.value(shape), other)));
                slots
            }
            Shape::Union(parts) => parts.iter().flat_map(below).collect(),
            Shape::Intersection(parts) => parts
                .iter()
                .flat_map(|part| around(below(part), |value| merged(self.value(shape), value)))
                .collect(),
            Shape::Named(name) => below(self.named(name)),
            Shape::Checked(inner, _) => below(inner)
                .into_iter()
                .map(|slot| Slot {
                    is_ruled: true,
                    ..slot
                })
                .collect(),
            Shape::Never | Shape::Null | Shape::Scalar(_) | Shape::Literal(_) => Vec::new(),
        }
    }

    fn slots_in(&self, shape: &Shape, properties: &[Property], depth: u8) -> Vec<Slot> {
        let slots = properties.iter().flat_map(|property| {
            around(self.slots_at(&property.shape, depth + 1), |value| {
                merged(self.value(shape), json!({ &property.name: value }))
            })
        });
        slots.collect()
    }
}

fn around(slots: Vec<Slot>, wrap: impl Fn(Value) -> Value) -> Vec<Slot> {
    let slots = slots.into_iter();
    let wrapped = slots.map(|slot| Slot {
        value: wrap(slot.value),
        ..slot
    });
    wrapped.collect()
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            one.into()
        }
        (_, other) => other,
    }
}
