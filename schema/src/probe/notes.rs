//! What clients are to know of a value and its JSON Schema does not tell: what the keys of a map are, and which whole numbers
//! there are in digits.
//!
//! The reader says it when it refuses a value that can be none of them. The code is noted at the value's place in the JSON
//! Schema, from where it gets into the contract.

use std::collections::BTreeSet;
use std::ptr;

use serde_json::{Map, Value, json};

use super::trials::{NONE, Suspicion, Trial};
use super::{Errors, choices, is_within};
use crate::field_error::{ExpectedType, FieldCode};
use crate::resolve::{KEY_CODES, LENGTH_UNIT, TEXT_CODES};
use crate::rule::LengthUnit;

/// What was learnt of a part of a JSON Schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The named type.
    definition: String,
    /// The place in its JSON Schema, as a JSON pointer.
    pointer: String,
    keyword: &'static str,
    value: Value,
}

/// Writes notes into the JSON Schemas of named types of inputs, and of those types of what is sent that are the same: both
/// stay one type. Where inputs say different things of one place, nothing is noted.
pub(crate) fn write_notes(
    input: &mut Map<String, Value>,
    output: &mut Map<String, Value>,
    notes: &[Note],
) {
    let is_same = |name: &&String| output.get(*name) == input.get(*name);
    let same: BTreeSet<String> = input.keys().filter(is_same).cloned().collect();
    let sent = texts_of_enums(output);
    let names_at = |note: &Note| -> Option<BTreeSet<String>> {
        let place = output.get(&note.definition)?.pointer(&note.pointer)?;
        let properties = place.get("properties")?.as_object()?;
        Some(properties.keys().cloned().collect())
    };
    let is_doubtful = |note: &Note| {
        let is_contradicted = notes.iter().any(|other| note.contradicts(other));
        // What is sent may have other names, which the type would then not allow.
        let has_other_names = same.contains(&note.definition)
            && note.options().is_some_and(|options| {
                let own = names_at(note);
                let mut sent = own.iter().chain(&sent);
                !sent.any(|texts| options.is_superset(texts))
            });
        is_contradicted || has_other_names
    };
    let certain: Vec<&Note> = notes.iter().filter(|note| !is_doubtful(note)).collect();
    for note in certain {
        note.write(input);
        if same.contains(&note.definition) {
            note.write(output);
        }
    }
}

/// The texts of each named type that is nothing but texts.
fn texts_of_enums(definitions: &Map<String, Value>) -> Vec<BTreeSet<String>> {
    let texts = |schema: &Value| -> Option<BTreeSet<String>> {
        let members = match schema.get("oneOf") {
            Some(members) => members.as_array()?.as_slice(),
            None => std::slice::from_ref(schema),
        };
        let texts = members.iter().map(choices::texts_of);
        let texts = texts.collect::<Option<Vec<_>>>()?;
        Some(texts.concat().into_iter().map(str::to_owned).collect())
    };
    definitions.values().filter_map(texts).collect()
}

impl Note {
    fn write(&self, definitions: &mut Map<String, Value>) {
        let definition = definitions.get_mut(&self.definition);
        let place = definition.and_then(|definition| definition.pointer_mut(&self.pointer));
        if let Some(Value::Object(keywords)) = place {
            keywords.insert(self.keyword.to_owned(), self.value.clone());
        }
    }

    fn contradicts(&self, other: &Self) -> bool {
        let place = |note: &Self| (note.definition.clone(), note.pointer.clone(), note.keyword);
        place(self) == place(other) && self.value != other.value
    }

    /// The names that keys may have, if they are those of an enum.
    fn options(&self) -> Option<BTreeSet<String>> {
        let codes: Vec<FieldCode> = serde_json::from_value(self.value.clone()).ok()?;
        codes.into_iter().find_map(|code| match code {
            // Of a truth value, all servers write the same.
            FieldCode::Choice { options } if options != ["true", "false"] => {
                Some(options.into_iter().collect())
            }
            _ => None,
        })
    }
}

/// What a trial teaches of the part of a JSON Schema that it is about, and of a map a key that it may have.
pub(super) fn learn(
    trial: &Trial<'_>,
    place: &str,
    errors: &dyn Fn(&Value) -> Errors,
    definitions: &Map<String, Value>,
) -> Option<(Note, Option<String>)> {
    let node = trial.node?;
    let is_key = trial.suspicion == Suspicion::KeyForm;
    let codes_of = |text: &str| {
        let at = place_of(place, is_key.then_some(text));
        let found = errors(&renamed(&trial.own, text)).into_iter();
        let here = found.filter(|(path, _)| is_within(&at, path));
        here.map(|(_, code)| code).collect()
    };
    // The paths of rules have the names of Rust.
    let codes_anywhere = |text: &str| {
        let found = errors(&renamed(&trial.own, text)).into_iter();
        found.map(|(_, code)| code).collect()
    };
    let unit = match trial.suspicion {
        Suspicion::Length => length_unit(node, &codes_anywhere),
        _ => None,
    };
    let codes = match unit {
        Some(_) => Vec::new(),
        // Also of a `char`, which has a length too.
        None => codes_of_others(&codes_of)?,
    };
    let key = codes.first().filter(|_| is_key).and_then(witness);
    let (definition, pointer) = location(definitions, node)?;
    let note = Note {
        definition,
        pointer,
        keyword: match unit {
            Some(_) => LENGTH_UNIT,
            None if is_key => KEY_CODES,
            None => TEXT_CODES,
        },
        value: unit.map_or_else(|| json!(codes), |unit| json!(unit)),
    };
    Some((note, key))
}

/// What the reader says of a text.
type CodesOf<'a> = dyn Fn(&str) -> Vec<FieldCode> + 'a;

/// What it says of texts that are none of the type.
fn codes_of_others(codes_of: &CodesOf<'_>) -> Option<Vec<FieldCode>> {
    let says = |text: &str, code: &FieldCode| codes_of(text).contains(code);
    let mut found = codes_of(NONE).into_iter();
    let code = found.find(|code| witness(code).is_some_and(|witness| !says(&witness, code)))?;
    if !is_complete(&code, &says) {
        return None;
    }
    let lacks_zero = matches!(code, FieldCode::Integer { .. }) && says("0", &FieldCode::NotZero);
    let not_zero = lacks_zero.then_some(FieldCode::NotZero);
    Some([code].into_iter().chain(not_zero).collect())
}

/// Whether a choice takes no more than the names that it gives: a reader of the application's may be generous.
fn is_complete(code: &FieldCode, says: &dyn Fn(&str, &FieldCode) -> bool) -> bool {
    let FieldCode::Choice { options } = code else {
        return true;
    };
    let variations = options.iter().take(3).flat_map(|option| {
        let changed = [
            option.to_lowercase(),
            option.to_uppercase(),
            format!("{option} "),
        ];
        changed.into_iter().filter(|text| !options.contains(text))
    });
    variations.into_iter().all(|text| says(&text, code))
}

/// Longer texts are not tried.
const LONGEST: u64 = 10_000;

/// What its rule counts of a text: of each unit there is a character that has more of it than of those behind it.
fn length_unit(keywords: &Map<String, Value>, codes_of: &CodesOf<'_>) -> Option<LengthUnit> {
    let limit = |key: &str| {
        let limit = keywords
            .get(key)?
            .as_u64()
            .filter(|limit| *limit <= LONGEST);
        limit.and_then(|limit| usize::try_from(limit).ok())
    };
    let is_refused = |character: &str, count: usize| {
        let codes = codes_of(&character.repeat(count));
        let is_length = |code| {
            matches!(
                code,
                FieldCode::LengthMax { .. } | FieldCode::LengthMin { .. }
            )
        };
        codes.into_iter().any(is_length)
    };
    // What counts as more than one each is too long at the greatest length, or long enough below the least.
    let (max, min) = (limit("maxLength"), limit("minLength"));
    let counts_more = |character: &str| match (max, min) {
        (Some(max), _) => is_refused(character, max),
        (None, Some(min)) => !is_refused(character, min - 1),
        (None, None) => false,
    };
    let is_known = match (max, min) {
        (Some(max), _) => is_refused("a", max + 1) && !is_refused("a", max),
        (None, Some(min)) => min > 1 && is_refused("a", min - 1) && !is_refused("a", min),
        (None, None) => false,
    };
    is_known.then(|| {
        let units = [
            ("\u{e9}", LengthUnit::Bytes),
            ("\u{1f600}", LengthUnit::Utf16),
            ("e\u{301}", LengthUnit::Characters),
        ];
        let mut units = units.into_iter();
        let unit = units.find(|(character, _)| counts_more(character));
        unit.map_or(LengthUnit::Graphemes, |(_, unit)| unit)
    })
}

/// A text of which the reader does not say this code; nothing for codes that tell no type.
fn witness(code: &FieldCode) -> Option<String> {
    match code {
        FieldCode::Integer { .. } => Some("1".to_owned()),
        FieldCode::Choice { options } => options.first().cloned(),
        FieldCode::Format { format } => Some(format.example().to_owned()),
        FieldCode::Type {
            expected: ExpectedType::Character,
        } => Some("a".to_owned()),
        _ => None,
    }
}

fn place_of(place: &str, key: Option<&str>) -> String {
    key.map_or_else(|| place.to_owned(), |key| format!("{place}.{key}"))
}

/// The value with another text instead of [`NONE`], as a key or as itself.
fn renamed(value: &Value, text: &str) -> Value {
    let name = |own: &str| match own {
        NONE => text.to_owned(),
        other => other.to_owned(),
    };
    match value {
        Value::String(own) => json!(name(own)),
        Value::Object(entries) => {
            let entries = entries.iter();
            entries
                .map(|(key, value)| (name(key), renamed(value, text)))
                .collect()
        }
        Value::Array(items) => items.iter().map(|item| renamed(item, text)).collect(),
        other => other.clone(),
    }
}

/// Where a part of the JSON Schemas stands: in which of them, and the JSON pointer in there.
fn location(
    definitions: &Map<String, Value>,
    node: &Map<String, Value>,
) -> Option<(String, String)> {
    definitions
        .iter()
        .find_map(|(name, schema)| Some((name.clone(), pointer(schema, node)?)))
}

fn pointer(schema: &Value, node: &Map<String, Value>) -> Option<String> {
    let step = |key: &str, inner: &Value| {
        let rest = pointer(inner, node)?;
        let key = key.replace('~', "~0").replace('/', "~1");
        Some(format!("/{key}{rest}"))
    };
    match schema {
        Value::Object(keywords) if ptr::eq(keywords, node) => Some(String::new()),
        Value::Object(keywords) => keywords.iter().find_map(|(key, inner)| step(key, inner)),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, inner)| step(&index.to_string(), inner))
        }
        _ => None,
    }
}
