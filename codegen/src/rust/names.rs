//! Names and literals of Rust.

use heck::{ToShoutySnakeCase, ToUpperCamelCase};

/// Keywords that an identifier can only be as a raw one.
const KEYWORDS: [&str; 49] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield", "union",
];

/// An identifier; raw where it must be.
pub(super) fn ident(name: &str) -> String {
    if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

/// The name of a constant.
pub(super) fn constant(snake: &str) -> String {
    snake.to_shouty_snake_case()
}

/// The name of a type.
pub(super) fn pascal(snake: &str) -> String {
    snake.to_upper_camel_case()
}

/// A string literal on one line.
pub(super) fn string_literal(text: &str) -> String {
    format!("{text:?}")
}

/// A string literal that keeps quotes and line breaks as they are.
pub(super) fn raw_literal(text: &str) -> String {
    let mut hashes = 1;
    while text.contains(&format!("\"{}", "#".repeat(hashes))) {
        hashes += 1;
    }
    let hashes = "#".repeat(hashes);
    format!("r{hashes}\"{text}\"{hashes}")
}

/// A type of the schema as written there, so that it is found from elsewhere: `CoachSession` becomes
/// `crossfit_schema::CoachSession`; `()` and types of the prelude stay.
pub(super) fn qualified(written: &str, schema: &str) -> String {
    const PRELUDE: [&str; 20] = [
        "Box", "Option", "Result", "String", "Vec", "bool", "char", "dyn", "f32", "f64", "i128",
        "i16", "i32", "i64", "i8", "isize", "str", "u16", "u32", "u8",
    ];
    let mut text = String::new();
    let mut rest = written;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let raw = if rest.starts_with("r#") { 2 } else { 0 };
        let end = rest[raw..]
            .find(|c: char| !is_part(c))
            .map_or(rest.len(), |end| raw + end);
        if end == 0 {
            text.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let word = &rest[..end];
        let is_root = !text.ends_with("::") && !rest[end..].starts_with("::");
        // A type of the user's can have the name of a generic one.
        let is_generic = matches!(word, "Box" | "Option" | "Result" | "Vec");
        let is_prelude = PRELUDE.contains(&word) && (!is_generic || rest[end..].starts_with('<'));
        if is_root && !is_prelude && !matches!(word, "u64" | "u128" | "usize") {
            text.push_str(schema);
            text.push_str("::");
        }
        text.push_str(word);
        rest = &rest[end..];
    }
    text
}

/// An event's name as a function: `coach:create` becomes `coach_create`. None where too little of it is left.
pub(super) fn function(event: &str) -> Option<String> {
    let plain: String = event
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let plain = heck::ToSnakeCase::to_snake_case(plain.as_str());
    match plain.chars().next() {
        None => None,
        Some(first) if first.is_ascii_digit() => Some(format!("on_{plain}")),
        // These can't even be raw identifiers.
        Some(_) if matches!(plain.as_str(), "self" | "super" | "crate") => None,
        Some(_) => Some(ident(&plain)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_become_raw() {
        assert_eq!(ident("type"), "r#type");
        assert_eq!(ident("name"), "name");
    }

    #[test]
    fn raw_literals_hold_any_text() {
        assert_eq!(raw_literal("a \"b\""), "r#\"a \"b\"\"#");
        assert_eq!(raw_literal("a\"#"), "r##\"a\"#\"##");
    }

    #[test]
    fn types_are_found_from_elsewhere() {
        assert_eq!(qualified("CoachSession", "s"), "s::CoachSession");
        assert_eq!(
            qualified("Vec<Option<Row>>", "s::t"),
            "Vec<Option<s::t::Row>>"
        );
        assert_eq!(qualified("Vec<r#type>", "s"), "Vec<s::r#type>");
        assert_eq!(qualified("Vec<Option>", "s"), "Vec<s::Option>");
        assert_eq!(qualified("()", "s"), "()");
        assert_eq!(
            qualified("(u8,chrono::NaiveDate)", "s"),
            "(u8,chrono::NaiveDate)"
        );
    }

    #[test]
    fn event_names_become_functions() {
        assert_eq!(function("coach:create").as_deref(), Some("coach_create"));
        assert_eq!(function("1st").as_deref(), Some("on_1st"));
        assert_eq!(function("type").as_deref(), Some("r#type"));
        assert_eq!([function("×"), function("self")], [None, None]);
    }
}
