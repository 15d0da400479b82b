//! Derives names and refuses those that clash.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::clashes::{check_constants, is_device, is_typescript_word};
use super::finding::Findings;
use super::shapes::references;
use crate::contract::{Resource, TypeDefinition};
use crate::description::{Description, Place, ResourceDescription};

/// What the generated client exports, imports, declares inside of its own types, or has from the platform, under these names.
const CLIENT_TYPES: [&str; 39] = [
    "Accepted",
    "Ack",
    "AckCode",
    "AuthSource",
    "Base64",
    "ClientToServerEvents",
    "CODECS",
    "Codecs",
    "ConnectAuth",
    "Connection",
    "ConnectionStatus",
    "ConnectOptions",
    "CONTRACT",
    "CreateOptions",
    "Decode",
    "DeleteOptions",
    "Event",
    "FieldCode",
    "FieldCodes",
    "FieldErrors",
    "FieldPath",
    "Input",
    "Lists",
    "LiveList",
    "Name",
    "Object",
    "Page",
    "PageQuery",
    "Promise",
    "ReactNode",
    "Record",
    "Refused",
    "RUNTIME_VERSION",
    "Selected",
    "ServerEvents",
    "ServerToClientEvents",
    "Uint8Array",
    "Unsubscribe",
    "UpdateOptions",
];

/// The names under which emitted files import the modules of the client.
const CLIENT_MODULES: [&str; 5] = ["codec", "hooks", "is", "rowcast", "z"];

/// The runtime's own types all begin so.
const RUNTIME_PREFIX: &str = "Rowcast";

/// What transactions and snapshots can do besides giving access to tables.
const TRANSACTION_METHODS: [&str; 20] = [
    "changed",
    "changed_rows",
    "children",
    "delete",
    "delete_once",
    "delete_together",
    "each_row",
    "execute",
    "exists",
    "gone",
    "insert",
    "into",
    "leaves",
    "references",
    "require_reference",
    "reset",
    "row",
    "rows",
    "try_into",
    "update",
];

/// Files that are emitted beside one file for each resource, crates that emitted Rust names, and names that no module can have.
const GENERATED_FILES: [&str; 24] = [
    "alloc",
    "app",
    "client",
    "codecs",
    "commands",
    "contract",
    "core",
    "crate",
    "events",
    "hooks",
    "index",
    "mod",
    "react",
    "rowcast",
    "rowcast_runtime",
    "self",
    "socketioxide",
    "std",
    "store",
    "super",
    "tables",
    "tanstack",
    "types",
    "zod",
];

/// `WorkoutPlan` becomes `workout_plan`.
pub(super) fn snake(name: &str) -> String {
    name.to_snake_case()
}

/// The regular English plural of the last word. A resource says its own by `plural = "…"`.
fn plural(singular: &str) -> String {
    let sibilant = ["s", "x", "z", "ch", "sh"]
        .iter()
        .any(|end| singular.ends_with(end));
    match singular.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if sibilant => format!("{singular}es"),
        _ => format!("{singular}s"),
    }
}

/// The plural of a resource in snake case: its own, or the regular one.
pub(super) fn plural_of(resource: &ResourceDescription) -> String {
    let own = resource.plural.clone();
    own.unwrap_or_else(|| plural(&snake(&resource.name)))
}

/// Refuses a plural that is no identifier, or that generated code has for something else.
pub(super) fn check_plural(resource: &Resource, findings: &mut Findings) {
    let plural = &resource.plural;
    if plural.to_snake_case() != *plural
        || !plural.starts_with(|first: char| first.is_ascii_lowercase())
    {
        findings.add(
            "plural-form",
            &resource.declared_at,
            format!(
                "the plural `{plural}` of `{}` is not in snake case",
                resource.name
            ),
            format!("write it as `{}`", plural.to_snake_case()),
        );
    } else if !plural.is_ascii() {
        findings.add(
            "plural-form",
            &resource.declared_at,
            format!(
                "the plural `{plural}` of `{}` has letters beyond ASCII, which no file of a Rust module has",
                resource.name
            ),
            "choose another one by `#[resource(plural = \"…\")]`; the event of the list can have the name by `list = \"…\"`",
        );
    } else if TRANSACTION_METHODS.contains(&plural.as_str()) {
        findings.add(
            "plural-reserved",
            &resource.declared_at,
            format!(
                "`{}` can't have the plural `{plural}`: transactions have a method `{plural}`",
                resource.name
            ),
            "choose another one by `#[resource(plural = \"…\")]`",
        );
    } else if is_device(plural) {
        findings.add(
            "plural-reserved",
            &resource.declared_at,
            format!(
                "`{}` can't have the plural `{plural}`: Windows has no files of that name",
                resource.name
            ),
            "choose another one by `#[resource(plural = \"…\")]`",
        );
    } else if GENERATED_FILES.contains(&plural.as_str()) || plural == &resource.singular {
        findings.add(
            "plural-reserved",
            &resource.declared_at,
            format!(
                "`{}` can't have the plural `{plural}`: generated code uses that name otherwise",
                resource.name
            ),
            "choose another one by `#[resource(plural = \"…\")]`",
        );
    }
}

/// Refuses types that generated code could not tell apart.
pub(super) fn check_types(
    description: &Description,
    types: &[TypeDefinition],
    findings: &mut Findings,
) {
    let Some(first) = places(description).map(|(_, place)| place).next() else {
        return;
    };
    let place = |name: &str| place_of(description, name).unwrap_or(first);
    let declared: BTreeMap<&str, ()> = types
        .iter()
        .map(|definition| (definition.name.as_str(), ()))
        .collect();
    let generated = generated_names(description);
    check_row_types(description, findings);
    check_constants(types, place, findings);
    for definition in types {
        let name = definition.name.as_str();
        if !is_identifier(name) {
            findings.add(
                "type-name",
                place(name),
                format!("`{name}` can't be the name of a type in the generated client"),
                "choose a name of letters and digits by `#[schemars(rename = \"…\")]`",
            );
        }
        if is_typescript_word(name) {
            findings.add(
                "reserved-type",
                place(name),
                format!("a type can't be named `{name}`, which is a word of TypeScript"),
                "rename it, or only its name on the wire by `#[schemars(rename = \"…\")]`",
            );
        }
        let is_taken = CLIENT_TYPES.contains(&name)
            || CLIENT_MODULES.contains(&name)
            || name.starts_with(RUNTIME_PREFIX);
        if is_taken || generated.contains(name) {
            findings.add(
                "reserved-type",
                place(name),
                format!("a type can't be named `{name}`: the generated client has one of its own"),
                format!("rename it, or only its name on the wire by `#[schemars(rename = \"…\")]`: `{}{name}`", description.name),
            );
        }
        let stem = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
        if stem != name && declared.contains_key(stem) && place_of(description, name).is_none() {
            findings.add(
                "duplicate-type",
                place(stem),
                format!("two types are named `{stem}`, of which one would be `{name}`"),
                "rename one of them, or only its name on the wire by `#[schemars(rename = \"…\")]`; a generic type gets a name for each of its uses by those of its parameters: `#[schemars(rename = \"Boxed_{T}\")]`",
            );
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|next| next.is_alphanumeric() || next == '_')
}

/// Refuses resources whose rows have another name as types: generated code refers to them by the name of the struct.
fn check_row_types(description: &Description, findings: &mut Findings) {
    for resource in &description.resources {
        let name = &resource.name;
        let Some(found) = references(&resource.row).first().copied() else {
            continue;
        };
        let numbered = found.trim_end_matches(|digit: char| digit.is_ascii_digit()) == name;
        if found != name && !numbered {
            findings.add(
                "type-name",
                &resource.declared_at,
                format!("`{name}` is renamed to `{found}` as a type"),
                "remove `rename` from the struct: no name of a struct is on the wire",
            );
        }
    }
}

/// The types that the generated client declares of its own accord.
fn generated_names(description: &Description) -> BTreeSet<String> {
    let commands = description.commands.iter().map(|command| &command.name);
    let of_commands = commands.flat_map(|name| [format!("{name}Ack"), format!("{name}Path")]);
    let resources = description.resources.iter().map(|resource| &resource.name);
    let of_resources = resources.flat_map(|name| {
        let paths = [format!("New{name}Path"), format!("{name}PatchPath")];
        paths
            .into_iter()
            .chain([format!("{name}Ack"), format!("{name}List")])
    });
    of_commands
        .chain(of_resources)
        .chain(
            ["Client", "Command", "Provider"]
                .map(|end| format!("{}{end}", description.name.to_upper_camel_case())),
        )
        .collect()
}

/// Where the item of this name is declared, if the schema registers it.
fn place_of<'a>(description: &'a Description, name: &str) -> Option<&'a Place> {
    places(description)
        .find(|(own, _)| *own == name)
        .map(|(_, place)| place)
}

/// The names and places of all items.
fn places(description: &Description) -> impl Iterator<Item = (&str, &Place)> {
    let resources = description
        .resources
        .iter()
        .map(|item| (item.name.as_str(), &item.declared_at));
    let commands = description
        .commands
        .iter()
        .map(|item| (item.name.as_str(), &item.declared_at));
    let events = description
        .events
        .iter()
        .map(|item| (item.name.as_str(), &item.declared_at));
    resources.chain(commands).chain(events)
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn plurals_are_regular() {
        let cases = [
            ("coach", "coaches"),
            ("schedule", "schedules"),
            ("category", "categories"),
            ("day", "days"),
        ];
        for (singular, expected) in cases {
            assert_eq!(plural(singular), expected);
        }
    }
}
