//! Refuses names that are words of a language, or that become one when generated code writes them in another case.

use std::collections::BTreeMap;

use heck::{ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

use super::finding::Findings;
use crate::contract::{Command, Event, Resource, TypeDefinition, View};
use crate::description::{Description, Place};

/// Words that can't be types of TypeScript: keywords, and types that it has itself.
const TYPESCRIPT_WORDS: [&str; 64] = [
    "any",
    "as",
    "async",
    "await",
    "bigint",
    "boolean",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "infer",
    "instanceof",
    "interface",
    "keyof",
    "let",
    "never",
    "new",
    "null",
    "number",
    "object",
    "package",
    "private",
    "protected",
    "public",
    "readonly",
    "return",
    "static",
    "string",
    "super",
    "switch",
    "symbol",
    "this",
    "throw",
    "true",
    "try",
    "type",
    "typeof",
    "undefined",
    "unique",
    "unknown",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "arguments",
];

/// Names that files can't have on Windows, besides those of numbered ports: `com1`, `lpt9`.
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// Whether TypeScript has the name for itself.
pub(super) fn is_typescript_word(name: &str) -> bool {
    TYPESCRIPT_WORDS.contains(&name)
}

/// Whether some systems can't have a file of this name, whatever its ending.
pub(super) fn is_device(name: &str) -> bool {
    let port = ["com", "lpt"]
        .iter()
        .find_map(|kind| name.strip_prefix(kind));
    DEVICES.contains(&name) || port.is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']))
}

/// One name that several items would have in generated code.
struct Names<'a> {
    /// What is named so: `the type` or `the function`.
    what: &'static str,
    taken: BTreeMap<String, String>,
    findings: &'a mut Findings,
}

impl<'a> Names<'a> {
    fn new(what: &'static str, findings: &'a mut Findings) -> Self {
        Self {
            what,
            taken: BTreeMap::new(),
            findings,
        }
    }

    /// Notes that `item` gets `name`, and refuses it if another item has that.
    fn add(&mut self, name: String, item: &str, at: &Place) {
        let other = self
            .taken
            .entry(name.clone())
            .or_insert_with(|| item.to_owned());
        if other != item {
            let message = format!(
                "`{other}` and `{item}` would share {} `{name}` in generated code",
                self.what
            );
            let help = format!(
                "rename `{item}`, so that the names differ in more than case and underscores"
            );
            self.findings.add("same-name", at, message, help);
        }
    }
}

/// Refuses items that would have a function or a type in common.
pub(super) fn check_items(
    description: &Description,
    resources: &[Resource],
    views: &[View],
    (commands, events): (&[Command], &[Event]),
    findings: &mut Findings,
) {
    check_application(description, findings);
    let mut maps = Names::new("the function", findings);
    for resource in resources {
        maps.add(
            format!("map_{}", resource.singular),
            &resource.name,
            &resource.declared_at,
        );
    }
    for view in views {
        maps.add(
            format!("map_{}", view.name.to_snake_case()),
            &view.name,
            &view.declared_at,
        );
    }
    let mut methods = Names::new("the method", findings);
    for command in commands {
        methods.add(
            format!("answer_{}", command.method),
            &command.name,
            &command.declared_at,
        );
        check_method(command, methods.findings);
    }
    let mut methods = Names::new("the method", findings);
    for event in events {
        methods.add(
            format!("emit_{}", event.method),
            &event.name,
            &event.declared_at,
        );
    }
    check_server_types(resources, views, findings);
    for resource in resources {
        check_fields(resource, findings);
    }
}

/// The client's type is named after the application.
fn check_application(description: &Description, findings: &mut Findings) {
    let name = description.name.to_upper_camel_case();
    let is_word = name.starts_with(char::is_alphabetic);
    let first = description.resources.iter().map(|item| &item.declared_at);
    let first = first.chain(description.commands.iter().map(|item| &item.declared_at));
    if let (false, Some(place)) = (
        is_word,
        first
            .chain(description.events.iter().map(|item| &item.declared_at))
            .next(),
    ) {
        findings.add(
            "application-name",
            place,
            format!("`{}` can't be the name of the application: the client's type would be `{name}Client`", description.name),
            "let the name in `Schema::new(\"…\")` begin with a letter",
        );
    }
}

fn check_method(command: &Command, findings: &mut Findings) {
    if ["crate", "self", "super"].contains(&command.method.as_str()) {
        findings.add(
            "reserved-name",
            &command.declared_at,
            format!(
                "`{}` would be the method `{}`, which is a keyword of Rust",
                command.name, command.method
            ),
            format!(
                "rename `{}`; its event can stay by `#[command(event = \"{}\")]`",
                command.name,
                command.event.as_str()
            ),
        );
    }
}

/// The types that the server declares for each resource, beside those of the schema that its files import.
fn check_server_types(resources: &[Resource], views: &[View], findings: &mut Findings) {
    let mut types = Names::new("the type", findings);
    for resource in resources {
        let (name, plural) = (&resource.name, resource.plural.to_upper_camel_case());
        let of = format!("{name}` by its `{}", resource.plural);
        for own in [plural.clone(), format!("List{plural}Result")] {
            types.add(own, &of, &resource.declared_at);
        }
        for verb in ["New", "Update", "Delete", "Get"] {
            types.add(format!("{verb}{name}Result"), &of, &resource.declared_at);
        }
    }
    for resource in resources {
        let name = &resource.name;
        for own in [name.clone(), format!("New{name}"), format!("{name}Patch")] {
            types.add(own, name, &resource.declared_at);
        }
    }
    for view in views {
        types.add(view.name.clone(), &view.name, &view.declared_at);
    }
}

/// Functions and constants of the store are named after fields.
fn check_fields(resource: &Resource, findings: &mut Findings) {
    let mut constants = Names::new("the constant", findings);
    for field in &resource.fields {
        let item = format!("{}.{}", resource.name, field.name);
        constants.add(
            format!("BY_{}", field.name.to_shouty_snake_case()),
            &item,
            &resource.declared_at,
        );
    }
}

/// Refuses types whose schemas and codecs would be one constant of the client.
pub(super) fn check_constants<'d>(
    types: &[TypeDefinition],
    place: impl Fn(&str) -> &'d Place,
    findings: &mut Findings,
) {
    let mut constants = Names::new("the constant", findings);
    for definition in types {
        let name = &definition.name;
        constants.add(
            format!("{}Schema", name.to_lower_camel_case()),
            name,
            place(name),
        );
    }
}
