//! The fields of a payload, in words.

use rowcast_schema::Contract;
use rowcast_schema::contract::{Property, Shape};
use rowcast_schema::rule::{LengthUnit, Rule};

use crate::typescript::type_text;

/// The fields of an object type, as `name?: type (rules)`.
pub(super) fn fields_of(contract: &Contract, shape: &Shape) -> Vec<String> {
    let Shape::Named(name) = shape else {
        return Vec::new();
    };
    let definition = contract.types().iter().find(|own| own.name == *name);
    match definition.map(|definition| &definition.shape) {
        Some(Shape::Object(properties)) => properties.iter().map(field_text).collect(),
        _ => Vec::new(),
    }
}

fn field_text(property: &Property) -> String {
    let mark = if property.optional { "?" } else { "" };
    let text = type_text(&property.shape.without_rules());
    let rules = rules_of(&property.shape);
    let rules = if rules.is_empty() {
        String::new()
    } else {
        format!("  ({})", rules.join("; "))
    };
    let set_by = match &property.access {
        Some(access) => format!("  [only for {access}]"),
        None => String::new(),
    };
    format!("{}{mark}: {text}{rules}{set_by}", property.name)
}

fn rules_of(shape: &Shape) -> Vec<String> {
    match shape {
        Shape::Checked(inner, rules) => {
            let own = rules.iter().filter_map(rule_text);
            own.chain(rules_of(inner)).collect()
        }
        Shape::Union(members) => {
            let mut rules: Vec<String> = members.iter().flat_map(rules_of).collect();
            // Members of one field have the same rules.
            rules.dedup();
            rules
        }
        Shape::List(item) => rules_of(item)
            .into_iter()
            .map(|rule| format!("each {rule}"))
            .collect(),
        _ => Vec::new(),
    }
}

fn rule_text(rule: &Rule) -> Option<String> {
    let range = |min: Option<String>, max: Option<String>| match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any".to_owned(),
    };
    Some(match rule {
        Rule::Length { unit, min, max } => {
            let unit = match unit {
                LengthUnit::Bytes => "bytes",
                LengthUnit::Utf16 => "units of UTF-16",
                LengthUnit::Simple | LengthUnit::Items => "items",
                LengthUnit::Characters | LengthUnit::Graphemes | LengthUnit::Unstated => {
                    "characters"
                }
            };
            let limits = range(
                min.map(|min| min.to_string()),
                max.map(|max| max.to_string()),
            );
            format!("{limits} {unit}")
        }
        Rule::Range { min, max } => range(
            min.as_ref().map(ToString::to_string),
            max.as_ref().map(ToString::to_string),
        ),
        Rule::Integer { min, max } => range(
            min.map(|min| min.to_string()),
            max.map(|max| max.to_string()),
        ),
        Rule::Key(code) => format!("each key {}", code.message()),
        Rule::NoOtherKeys => "no other keys".to_owned(),
        Rule::ServerOnly(name) => format!("`{name}`, on the server only"),
        other => return other.code().map(|code| code.message()),
    })
}
