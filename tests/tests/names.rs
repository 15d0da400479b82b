//! No name of a schema hides one that emitted code needs: what the code and its runtime contain is held against `resolve`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rowcast_schema::{Description, resolve};
use serde_json::json;

#[path = "../golden/minimal/schema.rs"]
pub mod minimal;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The codes of what is wrong with a schema.
fn findings(description: &Description) -> Vec<&'static str> {
    let findings =
        resolve(description).map_or_else(|found| found.as_slice().to_vec(), |_| Vec::new());
    findings.iter().map(|finding| finding.code).collect()
}

/// A schema that sends a type of this name, and answers with it.
fn with_type(name: &str) -> Description {
    let mut description = minimal::schema();
    let other = json!({ "type": "object", "properties": { "text": { "type": "string" } } });
    description.output.insert(name.to_owned(), other);
    description.output["Todo"]["properties"]["other"] =
        json!({ "$ref": format!("#/$defs/{name}") });
    description
}

/// The files of a golden tree that depend on its schema.
fn emitted(case: &str) -> Vec<(String, String)> {
    let folder = root().join("golden").join(case).join("typescript");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let named = files.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    named.filter(|(name, _)| name != "contract.ts").collect()
}

fn cases() -> Vec<String> {
    let entries = fs::read_dir(root().join("golden")).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    let folders = folders.filter(|path| path.join("typescript").is_dir());
    folders
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

/// The identifiers with a capital in code, but for those behind a dot, which belong to a module, and keys.
fn capitals(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in code.lines() {
        let line = line.trim_start();
        if line.starts_with(['*', '/']) {
            continue;
        }
        // Texts are no names.
        let code: String = line
            .split(['"', '`'])
            .step_by(2)
            .collect::<Vec<_>>()
            .join(" ");
        let mut before = ' ';
        let mut word = String::new();
        for letter in code.chars().chain([' ']) {
            if letter.is_alphanumeric() || letter == '_' {
                word.push(letter);
                continue;
            }
            if word.starts_with(|first: char| first.is_ascii_uppercase())
                && before != '.'
                && ![':', '?'].contains(&letter)
            {
                found.insert(word.clone());
            }
            if !word.is_empty() || !letter.is_whitespace() {
                before = letter;
            }
            word.clear();
        }
    }
    found
}

/// What the files declare themselves; of those that the schema does not name, `resolve` derives the names.
fn declared(code: &str) -> BTreeSet<String> {
    let words: Vec<&str> = code
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .collect();
    let pairs = words.windows(2);
    let declared =
        pairs.filter(|pair| ["interface", "type", "const", "function"].contains(&pair[0]));
    declared.map(|pair| pair[1].to_owned()).collect()
}

#[test]
fn types_hide_nothing_that_emitted_typescript_names() {
    let mut names = BTreeSet::new();
    for case in cases() {
        let files = emitted(&case);
        let own: BTreeSet<String> = files.iter().flat_map(|(_, code)| declared(code)).collect();
        for (_, code) in &files {
            names.extend(capitals(code).difference(&own).cloned());
        }
    }
    assert!(
        names.contains("Promise") && names.contains("RowcastError"),
        "{names:?}"
    );
    let free: Vec<&String> = names
        .iter()
        .filter(|name| !findings(&with_type(name)).contains(&"reserved-type"))
        .collect();
    assert_eq!(free, Vec::<&String>::new());
    assert_eq!(findings(&with_type("Chair")), Vec::<&str>::new());
}

fn is_transaction(ty: &syn::Type) -> bool {
    let syn::Type::Path(path) = ty else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident == "Transaction")
}

/// The methods of transactions, or of a trait, that other crates can call.
fn callable(item: &syn::Item) -> Vec<String> {
    let names: Vec<&syn::Signature> = match item {
        syn::Item::Trait(item) => item
            .items
            .iter()
            .filter_map(|item| match item {
                syn::TraitItem::Fn(method) => Some(&method.sig),
                _ => None,
            })
            .collect(),
        syn::Item::Impl(item) if item.trait_.is_none() && is_transaction(&item.self_ty) => item
            .items
            .iter()
            .filter_map(|item| match item {
                syn::ImplItem::Fn(method) if matches!(method.vis, syn::Visibility::Public(_)) => {
                    Some(&method.sig)
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let methods = names.into_iter().filter(|own| own.receiver().is_some());
    methods.map(|own| own.ident.to_string()).collect()
}

#[test]
fn plurals_hide_no_method_of_transactions() {
    let mut methods = BTreeSet::new();
    for file in ["transaction", "scoping", "deletion", "references"] {
        let path = root().join(format!("../runtime/src/store/{file}.rs"));
        let source = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
        methods.extend(source.items.iter().flat_map(callable));
    }
    assert!(
        methods.contains("children") && methods.contains("delete_together"),
        "{methods:?}"
    );
    for method in methods {
        let mut description = minimal::schema();
        description.resources[0].plural = Some(method.clone());
        let found = findings(&description);
        assert!(found.contains(&"plural-reserved"), "{method}: {found:?}");
    }
}
