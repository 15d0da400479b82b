//! Whether a JSON value is of a [`Shape`], as TypeScript and zod see it; and values that are.

use std::collections::BTreeMap;

use rowcast_schema::Contract;
use rowcast_schema::contract::{IntegerFormat, Property, Scalar, Shape, TextFormat};
use rowcast_schema::rule::Rule;
use serde_json::{Map, Value, json};

pub struct Judge<'c>(BTreeMap<&'c str, &'c Shape>);

impl<'c> Judge<'c> {
    pub fn of(contract: &'c Contract) -> Self {
        let types = contract.types().iter();
        Self(types.map(|one| (one.name.as_str(), &one.shape)).collect())
    }

    pub fn accepts(&self, shape: &Shape, value: &Value) -> bool {
        let is = |shape: &Shape| self.accepts(shape, value);
        match shape {
            Shape::Any => true,
            Shape::Never => false,
            Shape::Null => value.is_null(),
            Shape::Scalar(scalar) => is_scalar(*scalar, value),
            Shape::Literal(literal) => literal == value,
            Shape::List(item) => {
                let items = value.as_array();
                items.is_some_and(|items| items.iter().all(|one| self.accepts(item, one)))
            }
            Shape::Tuple(places) => value.as_array().is_some_and(|items| {
                let mut each = places.iter().zip(items);
                places.len() == items.len() && each.all(|(place, one)| self.accepts(place, one))
            }),
            Shape::Map(item) => {
                let entries = value.as_object();
                entries.is_some_and(|entries| entries.values().all(|one| self.accepts(item, one)))
            }
            Shape::Object(properties) => self.has(properties, value),
            Shape::Open(properties, rest) => {
                let others = value.as_object().into_iter().flatten();
                let mut others = others.filter(|(key, _)| !is_known(properties, key));
                self.has(properties, value) && others.all(|(_, one)| self.accepts(rest, one))
            }
            Shape::Union(members) => members.iter().any(is),
            Shape::Intersection(parts) => parts.iter().all(is),
            Shape::Named(name) => self.0.get(name.as_str()).is_some_and(|shape| is(shape)),
            Shape::Checked(inner, rules) => {
                is(inner) && (!rules.contains(&Rule::NoOtherKeys) || only_known(inner, value))
            }
        }
    }

    fn has(&self, properties: &[Property], value: &Value) -> bool {
        let Value::Object(entries) = value else {
            return false;
        };
        properties.iter().all(|one| match entries.get(&one.name) {
            Some(value) => self.accepts(&one.shape, value),
            None => one.optional,
        })
    }

    /// A value of the type, if there is one.
    pub fn value(&self, shape: &Shape, random: &mut fastrand::Rng) -> Option<Value> {
        match shape {
            Shape::Never => None,
            Shape::Any => Some(any(random)),
            Shape::Null => Some(Value::Null),
            Shape::Scalar(scalar) => Some(scalar_value(*scalar, random)),
            Shape::Literal(literal) => Some(literal.clone()),
            Shape::List(item) => {
                let items = (0..random.usize(..3)).map(|_| self.value(item, random));
                items.collect()
            }
            Shape::Tuple(places) => places.iter().map(|one| self.value(one, random)).collect(),
            Shape::Map(item) => self.entries(item, random).map(Value::Object),
            Shape::Object(properties) => self.object(properties, random).map(Value::Object),
            Shape::Open(properties, rest) => {
                let mut entries = self.entries(rest, random)?;
                entries.extend(self.object(properties, random)?);
                Some(Value::Object(entries))
            }
            Shape::Union(members) => {
                let start = random.usize(..members.len());
                let mut in_turn = members.iter().cycle().skip(start).take(members.len());
                in_turn.find_map(|one| self.value(one, random))
            }
            Shape::Intersection(parts) => {
                let parts: Option<Vec<Value>> =
                    parts.iter().map(|one| self.value(one, random)).collect();
                let objects = parts?.into_iter().map(|part| match part {
                    Value::Object(entries) => Some(entries),
                    _ => None,
                });
                let objects: Option<Vec<Map<_, _>>> = objects.collect();
                Some(Value::Object(objects?.into_iter().flatten().collect()))
            }
            Shape::Named(name) => self.value(self.0.get(name.as_str())?, random),
            Shape::Checked(inner, _) => self.value(inner, random),
        }
    }

    fn entries(&self, item: &Shape, random: &mut fastrand::Rng) -> Option<Map<String, Value>> {
        let keys = ["a", "b c", "1"].into_iter().take(random.usize(..4));
        keys.map(|key| Some((key.to_owned(), self.value(item, random)?)))
            .collect()
    }

    fn object(
        &self,
        properties: &[Property],
        random: &mut fastrand::Rng,
    ) -> Option<Map<String, Value>> {
        let mut entries = Map::new();
        for property in properties {
            if !property.optional || random.bool() {
                match self.value(&property.shape, random) {
                    None if property.optional => {}
                    value => drop(entries.insert(property.name.clone(), value?)),
                }
            }
        }
        Some(entries)
    }
}

fn is_known(properties: &[Property], key: &str) -> bool {
    properties.iter().any(|one| one.name == key)
}

fn only_known(shape: &Shape, value: &Value) -> bool {
    let (Shape::Object(properties), Value::Object(entries)) = (shape, value) else {
        return true;
    };
    entries.keys().all(|key| is_known(properties, key))
}

fn is_scalar(scalar: Scalar, value: &Value) -> bool {
    match scalar {
        Scalar::Boolean => value.is_boolean(),
        Scalar::Integer(format) => value.as_i64().is_some_and(|number| {
            let bounds = format.bounds();
            bounds.is_none_or(|(least, most)| (least..=most).contains(&number))
        }),
        Scalar::Number(_) => value.is_number(),
        Scalar::Text(TextFormat::Character) => {
            value.as_str().is_some_and(|text| text.chars().count() == 1)
        }
        Scalar::Text(_) => value.is_string(),
        Scalar::Bytes => false,
    }
}

fn scalar_value(scalar: Scalar, random: &mut fastrand::Rng) -> Value {
    match scalar {
        Scalar::Boolean => json!(random.bool()),
        Scalar::Integer(IntegerFormat::Uint8) => json!(random.u8(..)),
        Scalar::Integer(_) => json!(random.i32(..)),
        Scalar::Number(_) => json!(f64::from(random.i32(..)) / 8.0),
        Scalar::Text(_) => json!(["", "a", "ö x", "1", "kind"][random.usize(..5)]),
        Scalar::Bytes => Value::Null,
    }
}

/// Any small value.
pub fn any(random: &mut fastrand::Rng) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(300),
        json!("text"),
        json!("UnitOne"),
        json!([]),
        json!([1, "a"]),
        json!({}),
        json!({ "it": 1 }),
    ];
    values[random.usize(..values.len())].clone()
}
