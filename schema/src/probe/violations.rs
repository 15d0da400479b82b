//! Values that break a rule of a JSON Schema, whose type would allow them.

use regex::Regex;
use serde_json::{Map, Number, Value, json};

/// Longer texts and lists are not tried.
const LONGEST: u64 = 10_000;

/// Limits beyond this are those of JavaScript, which only clients keep.
const SAFE: i128 = 9_007_199_254_740_991;

/// For each rule in these keywords, a value that breaks it. What breaks the type too is no harm: it is never accepted.
///
/// `item` is a value that the items of a list may have, and `sample` one of the whole. A rule that this breaks is not tried: no
/// samples are made for patterns.
pub(super) fn violations(
    keywords: &Map<String, Value>,
    item: Option<&Value>,
    sample: &Value,
) -> Vec<Value> {
    let length = |key: &str| {
        let limit = keywords.get(key)?.as_u64();
        let limit = limit.filter(|limit| *limit <= LONGEST)?;
        usize::try_from(limit).ok()
    };
    let text = |length: usize| json!("a".repeat(length));
    let list = |length: usize| Some(Value::Array(vec![item?.clone(); length]));
    let shorter = |key: &str| length(key)?.checked_sub(1);
    let longer = |key: &str| Some(length(key)? + 1);
    let pattern = keywords.get("pattern").and_then(Value::as_str);
    let is_email = keywords
        .get("format")
        .is_some_and(|format| format == "email");
    let is_address = sample.as_str().is_some_and(|sample| sample.contains('@'));
    let is_set = keywords.get("uniqueItems") == Some(&Value::Bool(true));
    let found = [
        shorter("minLength").map(text),
        longer("maxLength").map(text),
        shorter("minItems").and_then(list),
        // Of a set, the same item again makes it no longer.
        longer("maxItems").filter(|_| !is_set).and_then(list),
        limit(keywords, "minimum")
            .map(|limit| limit - 1)
            .map(number),
        limit(keywords, "maximum")
            .map(|limit| limit + 1)
            .map(number),
        pattern.and_then(|pattern| unmatched(pattern, sample)),
        (is_email && is_address).then(|| json!("??")),
    ];
    found.into_iter().flatten().collect()
}

fn limit(keywords: &Map<String, Value>, key: &str) -> Option<i128> {
    let limit = keywords.get(key)?.as_number()?;
    let whole = limit.as_i128().or_else(|| {
        // Of whole numbers, schemars writes limits as fractions too.
        let fraction = limit.as_f64().filter(|limit| limit.fract() == 0.0)?;
        format!("{fraction}").parse().ok()
    })?;
    let is_of_type = of_type(keywords, whole);
    (whole.abs() < SAFE && !is_of_type).then_some(whole)
}

/// Whether a limit is that of the integer's type, which is kept wherever it is read.
fn of_type(keywords: &Map<String, Value>, limit: i128) -> bool {
    let format = keywords.get("format").and_then(Value::as_str);
    let limits = match format {
        Some("int8") => [i8::MIN.into(), i8::MAX.into()],
        Some("int16") => [i16::MIN.into(), i16::MAX.into()],
        Some("int32") => [i32::MIN.into(), i32::MAX.into()],
        Some("uint8") => [0, u8::MAX.into()],
        Some("uint16") => [0, u16::MAX.into()],
        Some("uint32") => [0, u32::MAX.into()],
        Some("uint" | "uint64" | "uint128") => [0, 0],
        _ => return false,
    };
    limits.contains(&limit)
}

fn number(whole: i128) -> Value {
    Number::from_i128(whole).map_or(Value::Null, Value::Number)
}

/// A text that a pattern is not found in.
fn unmatched(pattern: &str, sample: &Value) -> Option<Value> {
    let pattern = Regex::new(pattern).ok()?;
    if !sample
        .as_str()
        .is_some_and(|sample| pattern.is_match(sample))
    {
        return None;
    }
    let texts = ["", "a", "0", "??", " "];
    let other = texts.into_iter().find(|text| !pattern.is_match(text))?;
    Some(json!(other))
}
