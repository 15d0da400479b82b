//! Lays out what is too long for one line, as the common formatters do.

use super::types::WIDTH;

/// A member that is a function: `readonly create: (input: NewCoach) => Promise<…>`.
pub(super) fn function_member(name: &str, parameters: &[String], result: &str) -> String {
    let line = format!("readonly {name}: ({}) => {result}", parameters.join(", "));
    if line.chars().count() + 3 <= WIDTH || parameters.is_empty() {
        return line;
    }
    let end = ") => ";
    let result = match result
        .strip_prefix("Promise<")
        .and_then(|inner| inner.strip_suffix('>'))
    {
        Some(inner) => generic_type(&format!("{end}Promise"), &[inner.to_owned()], 2),
        None => format!("{end}{result}"),
    };
    format!(
        "readonly {name}: (\n    {},\n  {result}",
        parameters.join(",\n    ")
    )
}

/// A member with a generic type: `new_coach: rowcast.Call<NewCoach, CoachAck<NewCoach>>`.
pub(super) fn generic_member(key: &str, generic: &str, arguments: &[String]) -> String {
    generic_type(&format!("{key}: {generic}"), arguments, 2)
}

/// What ends in a generic type: `export type LoginAck = rowcast.Ack<…>`. A semicolon follows.
pub(super) fn generic_type(head: &str, arguments: &[String], indent: usize) -> String {
    let line = format!("{head}<{}>", arguments.join(", "));
    // A formatter does not break around a single name.
    let is_name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if indent + line.chars().count() < WIDTH || matches!(arguments, [only] if is_name(only)) {
        return line;
    }
    let blanks = " ".repeat(indent);
    let lines: Vec<String> = arguments
        .iter()
        .map(|argument| format!("{blanks}  {argument}"))
        .collect();
    format!("{head}<\n{}\n{blanks}>", lines.join(",\n"))
}

/// What follows `head`, a declaration up to its `=`: one of several types.
pub(super) fn union(head: &str, types: &[String]) -> String {
    let line = format!(" {}", types.join(" | "));
    if head.chars().count() + line.chars().count() < WIDTH {
        return line;
    }
    types.iter().map(|one| format!("\n  | {one}")).collect()
}

/// The declaration of a type that is one of several.
pub(super) fn union_type(head: &str, types: &[String]) -> String {
    format!("{head}{}", union(head, types))
}

/// A call whose last argument is an object of texts, as a statement that begins with `head`; a semicolon follows.
pub(super) fn call_with_object(
    head: &str,
    arguments: &[&str],
    entries: &[(&str, String)],
    indent: usize,
) -> String {
    let blanks = " ".repeat(indent);
    let object = |indent: usize| {
        if entries.is_empty() {
            return "{}".to_owned();
        }
        let blanks = " ".repeat(indent);
        let lines: String = entries
            .iter()
            .map(|(key, value)| format!("{blanks}  {key}: {value},\n"))
            .collect();
        format!("{{\n{lines}{blanks}}}")
    };
    let first = format!("{head}({}, ", arguments.join(", "));
    let after = if entries.is_empty() { "{});" } else { "{" };
    if indent + first.chars().count() + after.len() <= WIDTH {
        return format!("{first}{})", object(indent));
    }
    let lines: String = arguments
        .iter()
        .map(|argument| format!("{blanks}  {argument},\n"))
        .collect();
    format!(
        "{head}(\n{lines}{blanks}  {},\n{blanks})",
        object(indent + 2)
    )
}

/// What follows `head`, a declaration up to its `=`: a value.
pub(super) fn assigned(head: &str, value: &str) -> String {
    if head.chars().count() + 1 + value.chars().count() < WIDTH {
        return format!(" {value}");
    }
    format!("\n  {value}")
}

/// The head of an exported interface that extends another.
pub(super) fn interface_head(name: &str, extends: &str) -> String {
    let line = format!("export interface {name} extends {extends}");
    if line.chars().count() + 2 <= WIDTH {
        return line;
    }
    format!("export interface {name}\n  extends {extends}")
}

/// An entry of an object literal that stands four blanks in; a comma follows.
pub(super) fn entry(key: &str, value: &str) -> String {
    let line = format!("{key}: {value}");
    if 4 + line.chars().count() < WIDTH {
        return line;
    }
    // An arrow function is broken behind its arrow.
    match value.split_once(" => ") {
        Some((parameters, body)) => format!("{key}: {parameters} =>\n      {body}"),
        None => format!("{key}:\n      {value}"),
    }
}

/// The head of an exported function.
pub(super) fn function_head(name: &str, parameter: &str, result: &str) -> String {
    let line = format!("export function {name}({parameter}): {result}");
    if line.chars().count() + 2 <= WIDTH || parameter.is_empty() {
        return line;
    }
    format!("export function {name}(\n  {parameter},\n): {result}")
}
