//! The codes of errors are the same in Rust, in TypeScript, and in the documentation.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rowcast_schema::{FieldCode, FieldError, FieldErrors};
use serde_json::json;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).unwrap()
}

/// The names of an enum's variants as serde writes them.
fn variants(path: &str, name: &str) -> BTreeSet<String> {
    let file = syn::parse_file(&read(path)).unwrap();
    let found = file.items.into_iter().find_map(|item| match item {
        syn::Item::Enum(found) if found.ident == name => Some(found),
        _ => None,
    });
    let variants = found
        .unwrap_or_else(|| panic!("no {name} in {path}"))
        .variants;
    variants
        .iter()
        .map(|variant| snake(&variant.ident.to_string()))
        .collect()
}

/// As `rename_all = "snake_case"` does it.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The texts in the declaration of a type of the client.
fn texts_of_type(name: &str) -> BTreeSet<String> {
    let runtime = read("client/src/field-errors.ts");
    let (_, rest) = runtime
        .split_once(&format!("export type {name} ="))
        .unwrap();
    let (declaration, _) = rest.split_once("\n\n").unwrap();
    let texts = declaration.split('"').skip(1).step_by(2);
    texts.map(str::to_owned).collect()
}

#[test]
fn typescript_and_the_documentation_have_all_codes() {
    let codes = variants("schema/src/field_code.rs", "FieldCode");
    assert!(codes.len() > 20, "{codes:?}");
    assert_eq!(texts_of_type("FieldCode"), codes);
    let page = read("docs/errors.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let documented: BTreeSet<String> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|codes| codes.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(documented, codes);
}

#[test]
fn typescript_and_the_documentation_have_all_parameters() {
    let expected = variants("schema/src/field_code.rs", "ExpectedType");
    assert_eq!(texts_of_type("ExpectedType"), expected);
    // What has a code of another kind, or none.
    let others = ["plain", "character", "digits", "big_int"].map(str::to_owned);
    let formats = variants("schema/src/formats/mod.rs", "TextFormat");
    let formats = &formats - &BTreeSet::from(others);
    assert_eq!(texts_of_type("TextFormat"), formats);
    let page = read("docs/errors.md");
    for name in expected.iter().chain(&formats) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn an_application_gives_codes_of_its_own() {
    let mut errors = FieldErrors::of("to", "must be another day");
    errors.add("to", FieldError::custom("full", "this class is full"));
    errors.add(
        "name",
        FieldCode::Taken {
            with: vec!["day".into()],
        },
    );
    assert_eq!(
        serde_json::to_value(errors.codes()).unwrap(),
        json!({
            "name": [{ "code": "taken", "with": ["day"] }],
            "to": [{ "code": "custom" }, { "code": "custom", "name": "full" }],
        })
    );
    assert_eq!(
        serde_json::to_value(&errors).unwrap(),
        json!({
            "name": ["is already taken with the same `day`"],
            "to": ["must be another day", "this class is full"],
        })
    );
}
