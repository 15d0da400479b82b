//! Makes inputs of those of a corpus, by chance that a seed repeats.
//!
//! Most of what it does to a script keeps the script readable, and only what it says changes: random bytes alone would be
//! turned away by the first parser, and never get further.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::script::{self, Message};

/// Parts that parsers and databases have stumbled over.
const WORDS: [&str; 40] = [
    "'",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\uDC00\\ud800",
    "'; DROP TABLE coaches; --",
    "%",
    "_",
    "\"}",
    "]}",
    "[",
    "{",
    "]",
    "}",
    ",",
    ":",
    "null",
    "true",
    "-0",
    "1e999",
    "-1e-999",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1.0",
    "0x10",
    "NaN",
    "__proto__",
    "constructor",
    "{\"_placeholder\":true,\"num\":0}",
    "{\"_placeholder\":true,\"base64\":\"AA==\"}",
    "\u{feff}",
    "\u{202e}",
    "\u{1f4a9}",
    "é",
    "/",
    "-",
    "42",
];

/// Values in the place of others.
fn odd_value(rng: &mut Rng) -> Value {
    let depth = *rng.choice([2, 60, 126, 127, 128, 200].iter()).unwrap_or(&2);
    match rng.u8(0..18) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 => json!(rng.i64(..)),
        3 => json!(rng.i64(-3..30)),
        4 => json!(u64::MAX),
        5 => json!(1e308),
        6 => json!(-0.0),
        7 => json!(0.1),
        8 => json!([]),
        9 => json!({}),
        10 => json!(""),
        11 => json!("x".repeat(rng.usize(0..2000))),
        12 => json!({ "_placeholder": true, "num": rng.i8(-1..3) }),
        13 => (0..depth).fold(json!(1), |inner, _| json!([inner])),
        14 => (0..depth).fold(json!(1), |inner, _| json!({ "id": inner })),
        15 => json!(vec![1; rng.usize(0..300)]),
        16 => json!(format!("{}", rng.i64(-3..30))),
        _ => json!(word(rng)),
    }
}

fn word(rng: &mut Rng) -> &'static str {
    rng.choice(WORDS.iter()).copied().unwrap_or_default()
}

/// A script like one of these.
pub fn script(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut script = pick(rng, corpus);
    if rng.u8(0..4) == 0 {
        script.extend(pick(rng, corpus));
    }
    for _ in 0..rng.u8(1..6) {
        mutate_script(rng, &mut script, corpus);
    }
    script::write(&script)
}

fn pick(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<Message> {
    script::parse(rng.choice(corpus.iter()).map_or(&[][..], Vec::as_slice))
}

fn mutate_script(rng: &mut Rng, script: &mut Vec<Message>, corpus: &[Vec<u8>]) {
    if script.is_empty() {
        return;
    }
    // The first message is the connect: without it, there is not much to see.
    let first = usize::from(script.len() > 1 && rng.u8(0..10) > 0);
    let at = rng.usize(first..script.len());
    match rng.u8(0..32) {
        0 => drop(script.remove(at)),
        1 => script.insert(at, script[at].clone()),
        2 => {
            let other = rng.usize(first..script.len());
            script.swap(at, other);
        }
        3 => {
            let other = pick(rng, corpus);
            script.extend(rng.choice(other.iter()).cloned());
        }
        4 => script[at] = flipped(&script[at]),
        5..=6 => edit_message(rng, &mut script[at], edit_bytes),
        7..=8 => edit_message(rng, &mut script[at], edit_header),
        _ => edit_message(rng, &mut script[at], edit_json),
    }
}

fn flipped(message: &Message) -> Message {
    match message {
        Message::Text(bytes) => Message::Binary(bytes.clone()),
        Message::Binary(bytes) => Message::Text(bytes.clone()),
    }
}

fn edit_message(rng: &mut Rng, message: &mut Message, edit: fn(&mut Rng, &mut Vec<u8>)) {
    match message {
        Message::Text(bytes) => edit(rng, bytes),
        Message::Binary(bytes) => edit_bytes(rng, bytes),
    }
}

/// Changes some of any bytes.
pub fn edit_bytes(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let at = rng.usize(0..=bytes.len());
    let end = (at + rng.usize(0..12)).min(bytes.len());
    match rng.u8(0..6) {
        0 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(0..8),
        1 if at < bytes.len() => bytes[at] = rng.u8(..),
        2 => drop(bytes.drain(at..end)),
        3 => {
            let twice = bytes[at..end].to_vec();
            drop(bytes.splice(at..at, twice));
        }
        4 => bytes.truncate(at),
        _ => drop(bytes.splice(at..at, word(rng).bytes())),
    }
}

/// Changes what stands before the JSON: kinds, attachments, namespace, id.
fn edit_header(rng: &mut Rng, text: &mut Vec<u8>) {
    let end = text.iter().position(|byte| b"[{".contains(byte));
    let end = end.unwrap_or(text.len());
    let kind = rng.u8(b'0'..=b'7');
    let id = match rng.u8(0..4) {
        0 => String::new(),
        1 => "007".into(),
        2 => "9223372036854775808".into(),
        _ => format!("{}", rng.u16(..)),
    };
    let header = match rng.u8(0..7) {
        0 => format!("4{}{id}", char::from(kind)),
        1 => format!("{}2{id}", char::from(kind)),
        2 => format!("45{}-{id}", rng.u8(0..4)),
        3 => format!("42/,{id}"),
        4 => format!("42/other,{id}"),
        5 => format!("42/\u{e9},{id}"),
        _ => format!("42{id}"),
    };
    drop(text.splice(..end, header.bytes()));
}

/// Changes one place in the JSON, or its bytes if it is none.
fn edit_json(rng: &mut Rng, text: &mut Vec<u8>) {
    let start = text.iter().position(|byte| b"[{".contains(byte));
    let start = start.unwrap_or(text.len());
    match serde_json::from_slice(&text[start..]) {
        Ok(mut value) => {
            edit_value(rng, &mut value);
            drop(text.splice(start.., value.to_string().bytes()));
        }
        Err(_) => edit_bytes(rng, text),
    }
}

fn edit_value(rng: &mut Rng, value: &mut Value) {
    match value {
        // The first element is the event.
        Value::Array(items) if !items.is_empty() && rng.u8(0..8) > 0 => {
            let first = usize::from(items.len() > 1 && rng.u8(0..12) > 0);
            let at = rng.usize(first..items.len());
            edit_value(rng, &mut items[at]);
        }
        Value::Array(items) => {
            let item = items.last().cloned().unwrap_or_else(|| odd_value(rng));
            let added = if rng.bool() { item } else { odd_value(rng) };
            items.push(added);
        }
        Value::Object(entries) if !entries.is_empty() && rng.u8(0..5) > 0 => {
            let at = rng.usize(0..entries.len());
            if let Some(inner) = entries.values_mut().nth(at) {
                edit_value(rng, inner);
            }
        }
        Value::Object(entries) => edit_keys(rng, entries),
        Value::String(text) if rng.u8(0..3) == 0 => text.push_str(word(rng)),
        other => *other = odd_value(rng),
    }
}

fn edit_keys(rng: &mut Rng, entries: &mut Map<String, Value>) {
    let key = entries.keys().nth(rng.usize(0..=entries.len())).cloned();
    match key {
        Some(key) if rng.bool() => drop(entries.remove(&key)),
        Some(key) => {
            let inner = entries.remove(&key).unwrap_or_default();
            entries.insert(format!("{key}{}", word(rng)), inner);
        }
        None => drop(entries.insert(word(rng).to_owned(), odd_value(rng))),
    }
}

/// Tokens like these: the claims of a sealed one stay JSON for the most part.
pub fn token(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut token = rng.choice(corpus.iter()).cloned().unwrap_or_default();
    for _ in 0..rng.u8(1..4) {
        match rng.u8(0..3) {
            0 => edit_bytes(rng, &mut token),
            _ => edit_json(rng, &mut token),
        }
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_what_it_makes() {
        let corpus = [b"40\n421[\"a\",{\"b\":[1]}]\n~x".to_vec()];
        let make = |seed| script(&mut Rng::with_seed(seed), &corpus);
        assert_eq!(make(1), make(1));
        let different: std::collections::BTreeSet<_> = (0..100).map(make).collect();
        assert!(different.len() > 90, "{}", different.len());
    }
}
