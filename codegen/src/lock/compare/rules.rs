//! Rules of inputs: which of them refuse more than before.

use rowcast_schema::FieldCode;
use rowcast_schema::rule::{Rule, WholeLimits};
use serde_json::Number;

/// The rules by which `new` rejects more than `old`, in words; `other` says when the limits of `old` hold.
pub(super) fn tightened(old: &[Rule], new: &[Rule], other: &str) -> Vec<String> {
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
                limits(("length", other), (least, old_min), (most, old_max))
            }
            Rule::Range { min, max } => {
                let before = old.iter().find_map(|rule| match rule {
                    Rule::Range { min, max } => Some((min.clone(), max.clone())),
                    _ => None,
                });
                let (old_min, old_max) = before.unwrap_or_default();
                narrowed(
                    (old_min, old_max),
                    (min.clone(), max.clone()),
                    is_less,
                    other,
                )
            }
            Rule::Integer { min, max } => {
                let before = old.iter().find_map(|rule| match rule {
                    Rule::Integer { min, max } => Some((*min, *max)),
                    _ => None,
                });
                let before = before.unwrap_or_default();
                narrowed(before, (*min, *max), |left, right| left < right, other)
            }
            Rule::Key(code) => keys(old, code),
            Rule::NoOtherKeys => vec!["no other keys".to_owned()],
            Rule::ServerOnly(name) => vec![format!("`{name}`, which only the server knows")],
            other => vec![match other.code() {
                Some(code) => code.message(),
                None => "other rules".to_owned(),
            }],
        })
        .collect()
}

/// What of a range is narrower than before.
fn narrowed<T: std::fmt::Display>(
    (old_min, old_max): (Option<T>, Option<T>),
    (min, max): (Option<T>, Option<T>),
    is_less: impl Fn(&T, &T) -> bool,
    other: &str,
) -> Vec<String> {
    let least = min.filter(|min| old_min.as_ref().is_none_or(|old| is_less(old, min)));
    let most = max.filter(|max| old_max.as_ref().is_none_or(|old| is_less(max, old)));
    limits(("value", other), (least, old_min), (most, old_max))
}

/// In what the keys of a map are fewer than before.
fn keys(old: &[Rule], new: &FieldCode) -> Vec<String> {
    let mut before = old.iter().filter_map(|rule| match rule {
        Rule::Key(code) => Some(code),
        _ => None,
    });
    match before.any(|old| has_all_of(new, old)) {
        true => Vec::new(),
        false => vec![format!("each key {}", new.message())],
    }
}

/// Whether the texts without the code `new` are at least those without `old`.
fn has_all_of(new: &FieldCode, old: &FieldCode) -> bool {
    match (new, old) {
        (FieldCode::Choice { options: new }, FieldCode::Choice { options: old }) => {
            old.iter().all(|text| new.contains(text))
        }
        (
            FieldCode::Integer { min, max },
            FieldCode::Integer {
                min: old_min,
                max: old_max,
            },
        ) => {
            let limits = |min, max| WholeLimits::of_code(min, max);
            let (new, old) = (
                limits(min.as_ref(), max.as_ref()),
                limits(old_min.as_ref(), old_max.as_ref()),
            );
            narrowed(
                (old.min, old.max),
                (new.min, new.max),
                |left, right| left < right,
                "",
            )
            .is_empty()
        }
        (new, old) => new == old,
    }
}

/// The limits that are narrower than before, each with what it was.
fn limits<T: std::fmt::Display>(
    (what, other): (&str, &str),
    (least, old_least): (Option<T>, Option<T>),
    (most, old_most): (Option<T>, Option<T>),
) -> Vec<String> {
    let before = |old: Option<T>| {
        old.map(|old| format!(" ({old} {other})"))
            .unwrap_or_default()
    };
    let least = least.map(|least| format!("{what} at least {least}{}", before(old_least)));
    let most = most.map(|most| format!("{what} at most {most}{}", before(old_most)));
    least.into_iter().chain(most).collect()
}

fn is_less(left: &Number, right: &Number) -> bool {
    match (left.as_i128(), right.as_i128()) {
        // A float would round them.
        (Some(left), Some(right)) => left < right,
        _ => left.as_f64() < right.as_f64(),
    }
}
