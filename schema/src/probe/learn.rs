//! Learns what a JSON Schema does not tell of values: what the keys of a map are, which whole numbers there are in digits, and in
//! what the length of a text is counted.
//!
//! The reader says it when it refuses a value that can be none of them.

use std::ptr;

use serde_json::{Map, Value, json};

use super::notes::Note;
use super::sample::Definitions;
use super::trial::{Suspicion, Trial};
use super::trials::NONE;
use super::{Errors, is_within};
use crate::field_code::{ExpectedType, FieldCode};
use crate::resolve::{KEY_CODES, LENGTH_UNIT, TEXT_CODES};
use crate::rule::LengthUnit;

/// What a trial teaches of the part of a JSON Schema that it is about, and of a map a key that it may have. `of` is the type of the
/// field in which it stands at `place`.
pub(super) fn learn(
    trial: &Trial<'_>,
    (of, place): (&str, &str),
    errors: &dyn Fn(&Value) -> Errors,
    definitions: Definitions<'_>,
) -> Option<(Note, Option<String>)> {
    let node = trial.node?;
    let definition = match trial.type_name.as_str() {
        "" => of,
        name => name,
    };
    let pointer = pointer(definitions.named(definition)?, node)?;
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
    let note = Note {
        definition: definition.to_owned(),
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

/// Where a part of a JSON Schema stands in it, as a JSON pointer.
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
