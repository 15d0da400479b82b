//! Puts the rules that the macros saw at the fields of inputs, in place of what their JSON Schemas tell of them.
//!
//! JSON Schema lacks some of garde's rules and counts lengths in characters only.

use crate::contract::{Property, Scalar, Shape, TextFormat};
use crate::rule::{LengthUnit, Rule};

/// What an object is, of those that have the fields of one declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What the server sends: rules are for inputs, and older rows may not obey them.
    Sent,
    /// An input.
    Whole,
    /// An input in which fields may be absent whatever their rules.
    Patch,
}

/// An object's shape with `rules` at its fields, by wire name.
pub(super) fn with_field_rules(shape: Shape, role: Role, rules: &[(&str, &[Rule])]) -> Shape {
    match shape {
        Shape::Object(mut properties) => {
            for property in &mut properties {
                let found = rules.iter().find(|(name, _)| *name == property.name);
                let rules = found.map_or(&[][..], |(_, rules)| rules);
                property.shape = match rules {
                    [] => without_rules_of_own(property.shape.clone()),
                    rules => with_rules(property.shape.clone(), rules),
                };
                if rules.contains(&Rule::Required) {
                    require(property, role);
                }
            }
            Shape::Object(properties)
        }
        Shape::Checked(inner, own) => {
            Shape::Checked(Box::new(with_field_rules(*inner, role, rules)), own)
        }
        other => other,
    }
}

/// What must be there is an `Option` all the same: null is sent if it is stored, and never accepted.
fn require(property: &mut Property, role: Role) {
    let parts = match property.shape.clone() {
        Shape::Union(parts) => parts,
        other => vec![other],
    };
    let value = Shape::union(parts.into_iter().filter(|part| *part != Shape::Null));
    property.shape = match role {
        Role::Sent => Shape::union([value, Shape::Null]),
        Role::Whole | Role::Patch => value,
    };
    property.optional = role == Role::Patch;
}

fn with_rules(shape: Shape, rules: &[Rule]) -> Shape {
    match shape {
        Shape::Union(parts) => {
            // To garde the value in an `Option` is inner to it.
            let inside: Vec<Rule> = match parts.contains(&Shape::Null) {
                true => rules.iter().flat_map(unwrapped).collect(),
                false => rules.to_vec(),
            };
            Shape::union(parts.into_iter().map(|part| match part {
                Shape::Null => Shape::Null,
                part => with_rules(part, &inside),
            }))
        }
        Shape::Checked(inner, of_type) if is_character(&inner, &of_type) && !has_length(rules) => {
            with_rules(Shape::Scalar(Scalar::Text(TextFormat::Character)), rules)
        }
        Shape::Checked(inner, of_type) => {
            let has_range = rules.iter().any(|rule| matches!(rule, Rule::Range { .. }));
            let has_integer = rules
                .iter()
                .any(|rule| matches!(rule, Rule::Integer { .. }));
            let kept = of_type.into_iter().filter(|rule| match rule {
                Rule::NotZero => !rules.contains(&Rule::NotZero),
                Rule::Keys(_) | Rule::Key(_) | Rule::NoOtherKeys => true,
                Rule::Range { .. } => !has_range,
                Rule::Integer { .. } => !has_integer,
                _ => false,
            });
            with_rules(*inner, rules).checked(kept.collect())
        }
        Shape::List(item) => {
            let inner = rules.iter().find_map(|rule| match rule {
                Rule::Inner(inner) => Some(inner),
                _ => None,
            });
            let item = match inner {
                Some(inner) => with_rules(*item, inner),
                None => without_rules_of_own(*item),
            };
            let own = own_rules(rules, LengthUnit::Items);
            Shape::List(Box::new(item)).checked(own)
        }
        Shape::Scalar(Scalar::Text(format)) => {
            let mut own = own_rules(rules, LengthUnit::Bytes);
            let format = own.iter().find_map(by_rule).unwrap_or(format);
            own.retain(|rule| !matches!(rule, Rule::Ip(_)));
            Shape::Scalar(Scalar::Text(format)).checked(own)
        }
        shape => {
            let simple = match shape {
                Shape::Scalar(Scalar::Bytes) => LengthUnit::Bytes,
                _ => LengthUnit::Items,
            };
            shape.checked(own_rules(rules, simple))
        }
    }
}

/// A type of which no garde rule says anything. schemars describes a `char` as a text of the length 1, and nothing else is
/// described so without a rule.
fn without_rules_of_own(shape: Shape) -> Shape {
    let all = |parts: Vec<Shape>| parts.into_iter().map(without_rules_of_own).collect();
    match shape {
        Shape::Checked(inner, rules) => match is_character(&inner, &rules) {
            true => Shape::Scalar(Scalar::Text(TextFormat::Character)),
            false => without_rules_of_own(*inner).checked(rules),
        },
        Shape::Union(parts) => Shape::Union(all(parts)),
        Shape::Tuple(parts) => Shape::Tuple(all(parts)),
        Shape::List(item) => Shape::List(Box::new(without_rules_of_own(*item))),
        Shape::Map(value) => Shape::Map(Box::new(without_rules_of_own(*value))),
        other => other,
    }
}

fn is_character(shape: &Shape, rules: &[Rule]) -> bool {
    let is_one = matches!(
        rules,
        [Rule::Length {
            unit: LengthUnit::Unstated,
            min: Some(1),
            max: Some(1),
        }]
    );
    is_one && *shape == Shape::Scalar(Scalar::Text(TextFormat::Plain))
}

fn has_length(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| matches!(rule, Rule::Length { .. }))
}

/// The format of a text by a rule: addresses have one; of emails and URLs the rule says it in its own words.
fn by_rule(rule: &Rule) -> Option<TextFormat> {
    match rule {
        Rule::Ip(version) => Some(version.format()),
        Rule::Email | Rule::Url => Some(TextFormat::Plain),
        _ => None,
    }
}

fn unwrapped(rule: &Rule) -> Vec<Rule> {
    match rule {
        Rule::Inner(rules) => rules.clone(),
        other => vec![other.clone()],
    }
}

/// The rules of a value itself; `simple` is what its type calls its length.
fn own_rules(rules: &[Rule], simple: LengthUnit) -> Vec<Rule> {
    let settled = |rule: &Rule| match rule {
        Rule::Inner(_) => None,
        Rule::Length {
            unit: LengthUnit::Simple,
            min,
            max,
        } => Some(Rule::Length {
            unit: simple,
            min: *min,
            max: *max,
        }),
        other => Some(other.clone()),
    };
    rules.iter().filter_map(settled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Shape {
        Shape::Scalar(Scalar::Text(TextFormat::Plain))
    }

    fn length(unit: LengthUnit) -> Rule {
        Rule::Length {
            unit,
            min: None,
            max: Some(3),
        }
    }

    fn ruled(shape: Shape, rules: &[Rule]) -> Shape {
        let object = Shape::Object(vec![Property {
            name: "a".into(),
            doc: String::new(),
            deprecated: None,
            shape,
            optional: false,
            access: None,
        }]);
        match with_field_rules(object, Role::Whole, &[("a", rules)]) {
            Shape::Object(mut properties) => properties.remove(0).shape,
            other => other,
        }
    }

    #[test]
    fn what_is_required_may_be_null_only_where_it_is_sent() {
        let field = |role| {
            let object = Shape::Object(vec![Property {
                name: "a".into(),
                doc: String::new(),
                deprecated: None,
                shape: Shape::Union(vec![text(), Shape::Null]),
                optional: true,
                access: None,
            }]);
            match with_field_rules(object, role, &[("a", &[Rule::Required])]) {
                Shape::Object(mut properties) => properties.remove(0),
                other => panic!("{other:?}"),
            }
        };
        let value = text().checked(vec![Rule::Required]);
        let sent = field(Role::Sent);
        assert_eq!(sent.shape, Shape::Union(vec![value.clone(), Shape::Null]));
        assert!(!sent.optional);
        assert_eq!(
            (field(Role::Whole).shape, field(Role::Whole).optional),
            (value.clone(), false)
        );
        assert_eq!(
            (field(Role::Patch).shape, field(Role::Patch).optional),
            (value, true)
        );
    }

    #[test]
    fn rules_stand_at_the_value_that_is_not_null() {
        let shape = Shape::Union(vec![text(), Shape::Null]);
        assert_eq!(
            ruled(shape, &[Rule::Email]),
            Shape::Union(vec![text().checked(vec![Rule::Email]), Shape::Null])
        );
    }

    #[test]
    fn the_items_of_a_list_that_may_be_null_are_two_steps_in() {
        let list = Shape::List(Box::new(text()));
        let rules = [Rule::Inner(vec![Rule::Inner(vec![Rule::Email])])];
        let item = text().checked(vec![Rule::Email]);
        assert_eq!(
            ruled(Shape::Union(vec![list, Shape::Null]), &rules),
            Shape::Union(vec![Shape::List(Box::new(item)), Shape::Null])
        );
    }

    #[test]
    fn inner_rules_stand_at_the_items_and_simple_lengths_count_what_there_is() {
        let inner = Rule::Inner(vec![length(LengthUnit::Simple)]);
        let shape = ruled(
            Shape::List(Box::new(text())),
            &[length(LengthUnit::Simple), inner],
        );
        let item = text().checked(vec![length(LengthUnit::Bytes)]);
        let expected = Shape::List(Box::new(item)).checked(vec![length(LengthUnit::Items)]);
        assert_eq!(shape, expected);
    }
}
