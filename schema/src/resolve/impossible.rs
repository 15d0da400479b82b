//! Finds rules that no value obeys: clients could never send such a field.

use serde_json::Number;

use super::finding::Findings;
use crate::description::{Description, Place};
use crate::rule::Rule;

/// Reports fields whose rules contradict themselves.
pub(super) fn check_rules(description: &Description, findings: &mut Findings) {
    for resource in &description.resources {
        for field in &resource.fields {
            let at = Place {
                line: field.line,
                ..resource.declared_at.clone()
            };
            check(&resource.name, &field.name, &field.rules, &at, findings);
        }
    }
    for command in &description.commands {
        for field in &command.rules {
            let at = &command.declared_at;
            check(&command.name, &field.wire_name, &field.rules, at, findings);
        }
    }
}

fn check(item: &str, field: &str, rules: &[Rule], at: &Place, findings: &mut Findings) {
    for rule in rules {
        let limits = match rule {
            Rule::Inner(inner) => {
                check(item, field, inner, at, findings);
                None
            }
            Rule::Length {
                min: Some(min),
                max: Some(max),
                ..
            } if min > max => Some(("length", min.to_string(), max.to_string())),
            Rule::Range {
                min: Some(min),
                max: Some(max),
            } if is_greater(min, max) => Some(("range", min.to_string(), max.to_string())),
            _ => None,
        };
        let Some((rule, min, max)) = limits else {
            continue;
        };
        findings.add(
            "impossible-rule",
            at,
            format!("`{item}.{field}` has a `{rule}` from {min} to {max}, which no value has"),
            "exchange `min` and `max`, or correct one of them",
        );
    }
}

fn is_greater(min: &Number, max: &Number) -> bool {
    match (min.as_i128(), max.as_i128()) {
        (Some(min), Some(max)) => min > max,
        _ => min.as_f64() > max.as_f64(),
    }
}
