//! Names as words, for sentences in generated docs.

/// Words without a regular plural that are likely to name a row.
const UNCOUNTABLE: [&str; 19] = [
    "advice",
    "aircraft",
    "cash",
    "data",
    "equipment",
    "evidence",
    "feedback",
    "furniture",
    "hardware",
    "information",
    "luggage",
    "mail",
    "money",
    "news",
    "research",
    "series",
    "software",
    "staff",
    "traffic",
];

/// Whether the last word has no plural such as `plural`: `gym_equipment` and `gym_equipments`.
pub(crate) fn is_odd_plural(singular: &str, plural: &str) -> bool {
    let last = singular.rsplit('_').next().unwrap_or(singular);
    let stem = singular.strip_suffix('y');
    let is_regular = plural == format!("{singular}s")
        || plural == format!("{singular}es")
        || stem.is_some_and(|stem| plural == format!("{stem}ies"));
    UNCOUNTABLE.contains(&last) && is_regular
}

/// `workout_plan` becomes `workout plan`.
pub(crate) fn words(snake: &str) -> String {
    snake.replace('_', " ")
}

/// `workout_plan` becomes `a workout plan`, `exercise_move` becomes `an exercise move`.
pub(crate) fn one(snake: &str) -> String {
    let article = if snake.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {}", words(snake))
}
