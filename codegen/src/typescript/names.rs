//! Names and literals of TypeScript.

use std::cmp::Ordering;

use heck::{ToLowerCamelCase, ToUpperCamelCase};

/// The member of the client object for a snake-case name: `workout_plans` becomes `workoutPlans`.
pub(super) fn member(snake: &str) -> String {
    snake.to_lower_camel_case()
}

/// The part of a type or function name for a snake-case name: `workout_plans` becomes `WorkoutPlans`.
pub(super) fn pascal(snake: &str) -> String {
    snake.to_upper_camel_case()
}

/// A string literal, in the quotes that need fewer escapes.
pub(super) fn string_literal(text: &str) -> String {
    let count = |quote: char| text.chars().filter(|character| *character == quote).count();
    let quote = if count('"') > count('\'') { '\'' } else { '"' };
    let mut literal = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            other if other == quote => literal.extend(['\\', other]),
            other if other.is_control() || matches!(other, '\u{2028}' | '\u{2029}') => {
                literal.push_str(&format!("\\u{:04x}", u32::from(other)));
            }
            other => literal.push(other),
        }
    }
    literal.push(quote);
    literal
}

/// A key of an object type: quoted where it must be.
pub(super) fn property_key(name: &str) -> String {
    let starts = |first: char| first.is_alphabetic() || matches!(first, '_' | '$');
    let goes_on = |next: char| starts(next) || next.is_alphanumeric();
    if name.starts_with(starts) && name.chars().all(goes_on) {
        name.to_owned()
    } else {
        string_literal(name)
    }
}

/// A key of an object: as in its type, but that `__proto__` would say what the object inherits from.
pub(super) fn value_key(name: &str) -> String {
    match name {
        "__proto__" => r#"["__proto__"]"#.to_owned(),
        _ => property_key(name),
    }
}

/// The order in which formatters sort what stands between the braces of an import.
pub(super) fn natural_order(left: &str, right: &str) -> Ordering {
    let folded = |text: &str| text.to_lowercase();
    folded(left)
        .cmp(&folded(right))
        .then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_quoted_only_when_they_must_be() {
        assert_eq!(property_key("video_link"), "video_link");
        assert_eq!(property_key("class"), "class");
        assert_eq!(property_key("two words"), r#""two words""#);
        assert_eq!(property_key("a\"b"), "'a\"b'");
        assert_eq!(property_key("it's"), "\"it's\"");
        assert_eq!(property_key("1st"), r#""1st""#);
    }

    #[test]
    fn no_key_of_an_object_says_what_it_inherits_from() {
        assert_eq!(value_key("__proto__"), r#"["__proto__"]"#);
        assert_eq!(value_key("constructor"), "constructor");
    }

    #[test]
    fn names_are_sorted_without_regard_to_case() {
        let mut names = ["CoachPatch", "NewCoach", "CoachesClient", "Coach"];
        names.sort_by(|left, right| natural_order(left, right));
        assert_eq!(names, ["Coach", "CoachesClient", "CoachPatch", "NewCoach"]);
    }
}
