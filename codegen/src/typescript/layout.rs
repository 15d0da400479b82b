//! Lays out what is too long for one line, as the common formatters do.

use super::names::natural_order;
use super::types::WIDTH;

/// `import type { A, B } from "./x.js";`, or `export`; broken into one name a line where it is too long.
pub(super) fn names_clause(keyword: &str, names: &[String], module: &str) -> String {
    let mut names = names.to_vec();
    names.sort_by(|left, right| natural_order(left, right));
    names.dedup();
    let line = format!(
        "{keyword} {{ {} }} from \"./{module}.js\";",
        names.join(", ")
    );
    if line.chars().count() <= WIDTH {
        return line;
    }
    let lines: String = names.iter().map(|name| format!("  {name},\n")).collect();
    format!("{keyword} {{\n{lines}}} from \"./{module}.js\";")
}

/// A member that is a function: `readonly create: (input: NewCoach) => Promise<…>`.
pub(super) fn function_member(name: &str, parameter: &str, result: &str) -> String {
    let line = format!("readonly {name}: ({parameter}) => {result}");
    if line.chars().count() + 3 <= WIDTH || parameter.is_empty() {
        return line;
    }
    format!("readonly {name}: (\n    {parameter},\n  ) => {result}")
}

/// A member with a generic type: `new_coach: rowcast.Call<NewCoach, CoachAck<NewCoach>>`.
pub(super) fn generic_member(key: &str, generic: &str, arguments: &[String]) -> String {
    let line = format!("{key}: {generic}<{}>", arguments.join(", "));
    // A formatter breaks only where there is more than one argument to put on lines of their own.
    if line.chars().count() + 3 <= WIDTH || arguments.len() < 2 {
        return line;
    }
    let lines: Vec<String> = arguments
        .iter()
        .map(|argument| format!("    {argument}"))
        .collect();
    format!("{key}: {generic}<\n{}\n  >", lines.join(",\n"))
}

/// The head of an exported function.
pub(super) fn function_head(name: &str, parameter: &str, result: &str) -> String {
    let line = format!("export function {name}({parameter}): {result}");
    if line.chars().count() + 2 <= WIDTH {
        return line;
    }
    format!("export function {name}(\n  {parameter},\n): {result}")
}
