//! What the keywords of a JSON Schema say of a value beyond its type: its format, and the rules that it obeys.

use serde_json::{Map, Number, Value};

use crate::contract::{IntegerFormat, NumberFormat, TextFormat};
use crate::field_code::{ExpectedType, FieldCode};
use crate::rule::{INTEGER_KEYS, LengthUnit, NATURAL_KEYS, Rule, WholeLimits};

/// The keyword of a map's schema that has the codes of keys that are none.
pub(crate) const KEY_CODES: &str = "x-key-codes";

/// The keyword of a text's schema that has the codes of texts that are none.
pub(crate) const TEXT_CODES: &str = "x-text-codes";

fn format(schema: &Map<String, Value>) -> &str {
    schema
        .get("format")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(super) fn integer_format(schema: &Map<String, Value>) -> IntegerFormat {
    // An id of a row, which the database counts up: it stays far below what JavaScript rounds.
    if schema.contains_key("x-id") {
        return IntegerFormat::Any;
    }
    match format(schema) {
        "int8" => IntegerFormat::Int8,
        "uint8" => IntegerFormat::Uint8,
        "int16" => IntegerFormat::Int16,
        "uint16" => IntegerFormat::Uint16,
        "int32" => IntegerFormat::Int32,
        "uint32" => IntegerFormat::Uint32,
        "int64" | "int" => IntegerFormat::Int64,
        "uint64" | "uint" => IntegerFormat::Uint64,
        "int128" => IntegerFormat::Int128,
        "uint128" => IntegerFormat::Uint128,
        _ => IntegerFormat::Any,
    }
}

/// How schemars describes the decimals of rust_decimal that are accepted. Of those that are sent it tells a pattern only,
/// which a text may have as well.
fn is_decimal(schema: &Map<String, Value>) -> bool {
    let kinds = schema.get("type").and_then(Value::as_array);
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "number"))
        && pattern(schema) == r"^-?\d+(\.\d+)?([eE]\d+)?$"
}

pub(super) fn number_format(schema: &Map<String, Value>) -> NumberFormat {
    if is_decimal(schema) {
        return NumberFormat::Decimal;
    }
    match format(schema) {
        "float" => NumberFormat::Single,
        _ => NumberFormat::Double,
    }
}

pub(super) fn text_format(schema: &Map<String, Value>) -> TextFormat {
    let is_character = || {
        let expected = ExpectedType::Character;
        codes(schema, TEXT_CODES).contains(&FieldCode::Type { expected })
    };
    match TextFormat::of_keyword(format(schema)) {
        Some(format) => format,
        None if is_decimal(schema) => TextFormat::Decimal,
        None if is_character() => TextFormat::Character,
        None => TextFormat::Plain,
    }
}

/// Whether what JSON Schema calls a string are bytes beside the text of a packet.
pub(super) fn is_bytes(schema: &Map<String, Value>) -> bool {
    format(schema) == "bytes"
}

/// The rules that keywords state for values of one JSON type.
pub(super) fn rules(kind: &str, schema: &Map<String, Value>) -> Vec<Rule> {
    match kind {
        "integer" => range(schema).into_iter().chain(not_zero(schema)).collect(),
        "number" => range(schema).into_iter().collect(),
        "string" => text_rules(schema),
        "array" => length(schema, "minItems", "maxItems", LengthUnit::Items)
            .into_iter()
            .collect(),
        "object" => object_rules(schema),
        _ => Vec::new(),
    }
}

fn text_rules(schema: &Map<String, Value>) -> Vec<Rule> {
    let mut rules = Vec::new();
    match text_format(schema) {
        TextFormat::Plain => {
            let unit = schema.get(LENGTH_UNIT).cloned();
            let unit = unit.and_then(|unit| serde_json::from_value(unit).ok());
            let unit = unit.unwrap_or(LengthUnit::Unstated);
            rules.extend(length(schema, "minLength", "maxLength", unit));
            if format(schema) == "email" {
                rules.push(Rule::Email);
            }
        }
        TextFormat::Digits | TextFormat::BigInt => return digit_rules(schema),
        // Its length says the same; a pattern may be there for fewer characters.
        TextFormat::Character => {}
        // The format says it all.
        _ => return rules,
    }
    if !pattern(schema).is_empty() {
        rules.push(Rule::Pattern(ascii_digits(pattern(schema))));
    }
    rules
}

/// The keyword of a text's schema that tells what its length counts, as a [`LengthUnit`].
pub(crate) const LENGTH_UNIT: &str = "x-length-unit";

/// The codes that a JSON Schema has under a keyword of notes.
fn codes(schema: &Map<String, Value>, keyword: &str) -> Vec<FieldCode> {
    let codes = schema.get(keyword).cloned();
    codes
        .and_then(|codes| serde_json::from_value(codes).ok())
        .unwrap_or_default()
}

/// The limits of digits: those of the type are noted, as its JSON Schema has no keyword for them.
fn digit_rules(schema: &Map<String, Value>) -> Vec<Rule> {
    let noted = codes(schema, TEXT_CODES).into_iter();
    let noted = noted.filter_map(|code| match code {
        FieldCode::Integer { min, max } => {
            let WholeLimits { min, max } = WholeLimits::of_code(min.as_ref(), max.as_ref());
            (min.is_some() || max.is_some()).then_some(Rule::Integer { min, max })
        }
        FieldCode::NotZero => Some(Rule::NotZero),
        _ => None,
    });
    noted.chain(range(schema)).collect()
}

fn pattern(schema: &Map<String, Value>) -> &str {
    schema
        .get("pattern")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The patterns of JSON Schema are those of JavaScript, where `\d` is a digit from 0 to 9.
fn ascii_digits(pattern: &str) -> String {
    pattern.replace(r"\d", "[0-9]")
}

fn length(schema: &Map<String, Value>, min: &str, max: &str, unit: LengthUnit) -> Option<Rule> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
    let (min, max) = (bound(min).filter(|min| *min > 0), bound(max));
    (min.is_some() || max.is_some()).then_some(Rule::Length { unit, min, max })
}

/// The limits that are narrower than those of the format.
fn range(schema: &Map<String, Value>) -> Option<Rule> {
    let format = integer_format(schema);
    let narrower = |limit: Option<Number>, of_format: Option<i64>| {
        limit.filter(|limit| limit.as_i64().is_none() || limit.as_i64() != of_format)
    };
    let least = match format.bounds() {
        Some((least, _)) => Some(least),
        None => (!format.signed()).then_some(0),
    };
    let most = format.bounds().map(|(_, most)| most);
    let min = narrower(limit(schema, "minimum", "exclusiveMinimum", 1), least);
    let max = narrower(limit(schema, "maximum", "exclusiveMaximum", -1), most);
    (min.is_some() || max.is_some()).then_some(Rule::Range { min, max })
}

/// A limit; a whole number beside an excluded one is the limit itself.
fn limit(schema: &Map<String, Value>, key: &str, excluded: &str, step: i64) -> Option<Number> {
    let number = |key: &str| schema.get(key)?.as_number().cloned();
    number(key).or_else(|| {
        let beside = number(excluded)?.as_i64()?.checked_add(step)?;
        (schema.get("type")? == "integer").then(|| beside.into())
    })
}

/// How schemars describes the signed integers of `std::num` that can't be 0.
fn not_zero(schema: &Map<String, Value>) -> Option<Rule> {
    let excluded = schema.get("not")?.get("const")?;
    (*excluded == 0).then_some(Rule::NotZero)
}

fn object_rules(schema: &Map<String, Value>) -> Vec<Rule> {
    let keys = codes(schema, KEY_CODES).into_iter().map(Rule::Key);
    rules_of_keys(schema).into_iter().chain(keys).collect()
}

fn rules_of_keys(schema: &Map<String, Value>) -> Vec<Rule> {
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    let known = schema
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|known| !known.is_empty());
    match patterns.and_then(|patterns| patterns.keys().next()) {
        Some(pattern) => vec![Rule::Keys(match pattern.as_str() {
            // How schemars describes integers as keys. They are read in the form that they are written in.
            r"^\d+$" => NATURAL_KEYS.into(),
            r"^-?\d+$" => INTEGER_KEYS.into(),
            other => ascii_digits(other),
        })],
        None if known && schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
            vec![Rule::NoOtherKeys]
        }
        None => Vec::new(),
    }
}
