//! Refuses types of which serde does not read what their JSON Schemas allow.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::finding::Findings;
use super::types::Reached;
use crate::description::{Description, Unread, UnreadKind};

/// Keywords of values that are no objects. Beside properties, they are what is left of a type that serde can't put there.
const OF_NO_OBJECT: [&str; 11] = [
    "format",
    "minimum",
    "maximum",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
    "enum",
];

/// Refuses objects that are at once something else (a number with a tag in it, or one that is flattened), and those that deny
/// the keys of an enum in them.
pub(super) fn check_objects(
    description: &Description,
    types: &[Reached<'_>],
    findings: &mut Findings,
) {
    let mut seen = BTreeSet::new();
    for reached in types {
        let full_name = reached.definition.name.as_str();
        let schemas = [&description.output, &description.input];
        let names = [
            full_name,
            full_name.strip_suffix("Input").unwrap_or(full_name),
        ];
        let is_known = |name: &&str| schemas.iter().any(|schemas| schemas.contains_key(*name));
        let Some(name) = names
            .into_iter()
            .find(is_known)
            .filter(|name| seen.insert(*name))
        else {
            continue;
        };
        let own: Vec<&Value> = schemas
            .iter()
            .filter_map(|schemas| schemas.get(name))
            .collect();
        let any = |is: &dyn Fn(&Map<String, Value>) -> bool| {
            own.iter().any(|schema| any_object(schema, is))
        };
        if any(&is_closed_choice) {
            findings.add(
                "closed-choice",
                reached.place,
                format!("`{name}` has a flattened enum and denies unknown fields: serde denies the keys of most enums too"),
                "remove `#[serde(deny_unknown_fields)]`, or keep the enum as one field",
            );
        }
        if any(&is_contradiction) {
            findings.add(
                "tag-without-object",
                reached.place,
                format!("`{name}` puts a value that is no object into an object, by `tag` or `flatten`; serde can't write it"),
                "say `content = \"…\"` beside `tag`, give the choice a named field, or don't flatten the field",
            );
        }
    }
}

/// Whether a schema, or one in it, is as `is` says.
fn any_object(schema: &Value, is: &dyn Fn(&Map<String, Value>) -> bool) -> bool {
    match schema {
        Value::Object(keywords) => {
            is(keywords) || keywords.values().any(|inner| any_object(inner, is))
        }
        Value::Array(items) => items.iter().any(|item| any_object(item, is)),
        _ => false,
    }
}

/// Whether an object takes no other keys than its own, and than those of choices that are flattened into it.
fn is_closed_choice(keywords: &Map<String, Value>) -> bool {
    keywords.get("unevaluatedProperties") == Some(&Value::Bool(false))
}

fn is_contradiction(keywords: &Map<String, Value>) -> bool {
    let is_object = keywords.get("type").is_some_and(|kind| kind == "object");
    let has_properties = keywords.get("properties").is_some_and(Value::is_object);
    let mut others = OF_NO_OBJECT.iter();
    is_object && has_properties && others.any(|key| keywords.contains_key(*key))
}

/// Reports what was found when the inputs were registered, once for each type.
pub(super) fn check_unread(description: &Description, findings: &mut Findings) {
    let mut seen: Vec<&Unread> = Vec::new();
    for found in &description.unread {
        let unread = &found.unread;
        let is_same = |other: &&Unread| {
            let same_type = other.type_name == unread.type_name && !unread.type_name.is_empty();
            let same_field = other.of == unread.of && other.field == unread.field;
            other.kind == unread.kind && (same_type || same_field)
        };
        if seen.iter().any(is_same) {
            continue;
        }
        seen.push(unread);
        let (code, what, help) = texts(&unread.kind);
        let message = format!("{} {what}", place(unread));
        findings.add(code, &found.declared_at, message, help);
    }
}

/// The type, and the field that leads to it.
fn place(unread: &Unread) -> String {
    let field = format!("`{}.{}`", unread.of, unread.field);
    match unread.type_name.as_str() {
        "" => field,
        name => format!("`{name}`, in {field},"),
    }
}

const NOT_BUFFERED: &str = "or keep the value out of enums that are untagged, tagged inside (`tag` without `content`) or beside, and out of structs with a \
     `#[serde(flatten)]`";

fn texts(kind: &UnreadKind) -> (&'static str, String, String) {
    match kind {
        UnreadKind::Keys => (
            "unread-keys",
            "has a map whose keys are numbers or truth values, and serde reads only text as keys there".into(),
            format!("use text as keys (`BTreeMap<String, …>`), {NOT_BUFFERED}"),
        ),
        UnreadKind::KeysWithoutText => (
            "unread-keys",
            "has a map whose keys are no texts, and those of JSON are".into(),
            "use text, numbers, dates, UUIDs or the names of an enum as keys, or a list of entries (`Vec<Entry>`)".into(),
        ),
        UnreadKind::WideInteger => (
            "unread-integer",
            "has an integer of 128 bits, which serde can't read there".into(),
            format!("let it travel as text by `#[serde(with = \"Digits\")]`, {NOT_BUFFERED}"),
        ),
        UnreadKind::KeyTwice(key) => (
            "key-twice",
            format!("has the key `{key}` twice in one object, and serde reads it only once"),
            "rename the field, or the `tag` of the enum around it".into(),
        ),
        UnreadKind::Required(key) => (
            "required-option",
            format!("may lack `{key}` by its type, but serde requires it"),
            "say `#[serde(default)]` beside its `with` or `deserialize_with`".into(),
        ),
        UnreadKind::Unchecked => (
            "unchecked-rules",
            "has rules that the server does not check, though its clients do".into(),
            "say `#[garde(dive)]` at the field, and at each field that leads there, and derive `Validate` for the types; where its reader makes such a value fit, leave the rule out of its JSON Schema".into(),
        ),
        UnreadKind::OnlyTag => (
            "tag-without-object",
            "has a choice that is tagged inside but holds no struct or map; serde can't write it".into(),
            "say `content = \"…\"` beside `tag`, or give the choice a named field".into(),
        ),
    }
}
