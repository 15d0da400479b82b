//! The order of an enum's texts.
//!
//! schemars puts those with doc comments behind the others, and serde names them in the order of declaration when it refuses a
//! text. That order is learnt from such an error, so that clients say the same words.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The texts of an enum, in the order of declaration.
pub(crate) type Order = Vec<String>;

/// The texts that the members of a `oneOf` stand for, if they are nothing but texts in an order that is not the declared one.
pub(super) fn disordered(members: &[Value]) -> Option<BTreeSet<&str>> {
    let has_some = |key: &str| members.iter().any(|member| member.get(key).is_some());
    if !(has_some("enum") && has_some("const")) {
        return None;
    }
    let texts = members.iter().map(texts_of).collect::<Option<Vec<_>>>()?;
    Some(texts.into_iter().flatten().collect())
}

/// The texts that a schema allows, if it allows no other values.
pub(super) fn texts_of(member: &Value) -> Option<Vec<&str>> {
    match (member.get("const"), member.get("enum")) {
        (Some(text), _) => Some(vec![text.as_str()?]),
        (None, Some(texts)) => texts.as_array()?.iter().map(Value::as_str).collect(),
        (None, None) => None,
    }
}

/// A text that an enum does not have.
pub(super) fn other_than(texts: &BTreeSet<&str>) -> Value {
    let mut other = "?".to_owned();
    while texts.contains(other.as_str()) {
        other.push('?');
    }
    json!(other)
}

/// Puts the texts of enums into their order, in a schema and all that are in it.
pub(crate) fn put_in_order(schema: &mut Value, orders: &[Order]) {
    match schema {
        Value::Object(entries) => {
            if let Some(members) = entries.get_mut("oneOf").and_then(Value::as_array_mut) {
                let order = disordered(members).and_then(|texts| {
                    let mut orders = orders.iter();
                    orders.find(|order| {
                        order.iter().map(String::as_str).collect::<BTreeSet<_>>() == texts
                    })
                });
                if let Some(order) = order {
                    *members = order.iter().map(|text| member(text, members)).collect();
                }
            }
            entries
                .values_mut()
                .for_each(|inner| put_in_order(inner, orders));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put_in_order(item, orders)),
        _ => {}
    }
}

/// The member for one text, with what is said of that alone.
fn member(text: &str, members: &[Value]) -> Value {
    let own = members
        .iter()
        .find(|member| member.get("const").is_some_and(|own| own == text));
    own.cloned().unwrap_or_else(|| {
        Value::Object(Map::from_iter([
            ("type".to_owned(), json!("string")),
            ("const".to_owned(), json!(text)),
        ]))
    })
}
