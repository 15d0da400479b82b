//! Rules of inputs: which of them refuse more than before.

use rowcast_schema::rule::Rule;
use serde_json::Number;

/// The rules by which `new` refuses more than `old` did, in words.
pub(super) fn tightened(old: &[Rule], new: &[Rule]) -> Vec<String> {
    new.iter()
        .filter(|rule| !old.contains(rule))
        .flat_map(|rule| match rule {
            Rule::Length { unit, min, max } => {
                let before = old.iter().find_map(|rule| match rule {
                    Rule::Length {
                        unit: own,
                        min,
                        max,
                    } if own == unit => Some((*min, *max)),
                    _ => None,
                });
                let (old_min, old_max) = before.unwrap_or_default();
                let least = min.filter(|min| old_min.is_none_or(|old| old < *min));
                let most = max.filter(|max| old_max.is_none_or(|old| old > *max));
                limits("length", least, most)
            }
            Rule::Range { min, max } | Rule::Integer { min, max } => {
                let of_type = matches!(rule, Rule::Integer { .. });
                let before = old.iter().find_map(|rule| match rule {
                    Rule::Range { min, max } if !of_type => Some((min.clone(), max.clone())),
                    Rule::Integer { min, max } if of_type => Some((min.clone(), max.clone())),
                    _ => None,
                });
                let (old_min, old_max) = before.unwrap_or_default();
                let least = min
                    .as_ref()
                    .filter(|min| old_min.is_none_or(|old| is_less(&old, min)));
                let most = max
                    .as_ref()
                    .filter(|max| old_max.is_none_or(|old| is_less(max, &old)));
                limits("value", least, most)
            }
            Rule::NoOtherKeys => vec!["no other keys".to_owned()],
            Rule::ServerOnly(name) => vec![format!("`{name}`, which only the server knows")],
            other => vec![match other.code() {
                Some(code) => code.message(),
                None => "other rules".to_owned(),
            }],
        })
        .collect()
}

fn limits<T: std::fmt::Display>(what: &str, least: Option<T>, most: Option<T>) -> Vec<String> {
    let least = least.map(|least| format!("{what} at least {least}"));
    let most = most.map(|most| format!("{what} at most {most}"));
    least.into_iter().chain(most).collect()
}

fn is_less(left: &Number, right: &Number) -> bool {
    match (left.as_i128(), right.as_i128()) {
        // A float would round them.
        (Some(left), Some(right)) => left < right,
        _ => left.as_f64() < right.as_f64(),
    }
}
