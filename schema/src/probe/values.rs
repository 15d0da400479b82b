//! Values that are made of others.

use serde_json::{Map, Value};

/// The same with the keys of all objects in the opposite order.
pub(super) fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().rev();
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), reversed(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

/// All values under a key, at any depth.
pub(super) fn values_of<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get(key));
            entries
                .values()
                .for_each(|value| values_of(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| values_of(item, key, found)),
        _ => {}
    }
}

/// The value with null under the key in each object.
pub(super) fn with_null_at(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(entries) => {
            let inner = entries.iter();
            let inner = inner.map(|(name, value)| (name.clone(), with_null_at(value, key)));
            let mut entries: Map<_, _> = inner.collect();
            entries.insert(key.to_owned(), Value::Null);
            Value::Object(entries)
        }
        Value::Array(items) => items.iter().map(|item| with_null_at(item, key)).collect(),
        other => other.clone(),
    }
}
