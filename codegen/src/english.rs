//! Names as words, for sentences in generated docs.

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
