//! Values of `golden/every`, judged by the server's side; `tests/node/roundtrip.test.ts` is the other side.
//!
//! `roundtrip send COUNT SEED` prints one line of JSON for each value: what a client would send, whether the server
//! takes it, with which errors, and what comes back. `roundtrip receive` reads what the client got, and compares it with
//! what had been sent.
//!
//! Long, since it is one program of two sides.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test"
)]

#[path = "../golden/every/schema.rs"]
mod every;

use std::io::{self, BufRead, Write};

use rowcast_schema::contract::{IntegerFormat, NumberFormat, Property, Scalar, Shape, TextFormat};
use rowcast_schema::rule::{IpVersion, Rule, Whole};
use rowcast_schema::{Bytes, Contract, Input, Reading, resolve};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [command, count, seed] if command == "send" => {
            send(count.parse().unwrap(), seed.parse().unwrap())
        }
        [command] if command == "receive" => receive(),
        [command] if command == "judge" => judge(),
        _ => panic!("usage: roundtrip send COUNT SEED | roundtrip receive | roundtrip judge"),
    }
}

fn send(count: usize, seed: u64) {
    let contract = resolve(&every::schema()).unwrap_or_else(|findings| panic!("{findings}"));
    let mut out = io::stdout().lock();
    let mut random = Generator {
        contract: &contract,
        random: fastrand::Rng::with_seed(seed),
        spoil: 0.0,
    };
    for index in 0..count {
        // Half of them are right, the others have a few mistakes.
        random.spoil = if index % 2 == 0 { 0.0 } else { 0.02 };
        for line in [
            random.judged::<every::Probe>("Probe"),
            random.judged::<every::Ruled>("Ruled"),
            random.judged::<every::Directed>("Directed"),
            random.form_input::<every::NewThing>("NewThing"),
            random.form_input::<every::ThingPatch>("ThingPatch"),
        ] {
            writeln!(out, "{line}").unwrap();
        }
    }
}

/// Reads `{ type, back, returned }` lines: what the server sent, and what the client has read of it.
fn receive() {
    for line in io::stdin().lock().lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let same = match line["type"].as_str().unwrap() {
            "Probe" => same::<every::Probe>(&line),
            "Ruled" => same::<every::Ruled>(&line),
            // Its two directions differ, so that what was sent can't be read again.
            _ => line["back"] == line["returned"],
        };
        assert!(same, "came back as another value: {line}");
    }
    println!("same");
}

/// Reads payloads of `FormatProbe`, and prints for each what comes back, or what is wrong with it.
fn judge() {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let payload: Box<RawValue> = serde_json::from_str(&line.unwrap()).unwrap();
        let judged = match every::FormatProbe::read_json(&payload, Reading::Strict) {
            Ok(value) => json!({ "back": value, "errors": null, "codes": null }),
            Err(errors) => json!({ "back": null, "errors": errors, "codes": errors.codes() }),
        };
        writeln!(out, "{judged}").unwrap();
    }
}

fn same<T: DeserializeOwned + PartialEq>(line: &Value) -> bool {
    let read = |key: &str| serde_json::from_value::<T>(line[key].clone()).unwrap();
    read("back") == read("returned")
}

struct Generator<'c> {
    contract: &'c Contract,
    random: fastrand::Rng,
    /// How often a value is wrong.
    spoil: f64,
}

impl Generator<'_> {
    fn judged<T: Input + Serialize>(&mut self, name: &str) -> Value {
        let input = self
            .contract
            .commands()
            .iter()
            .find(|command| command.name == name)
            .unwrap();
        let mut payload = self.value(&input.payload, 0);
        // Two fields that must be the same are seldom so by chance.
        if let (Some(first), true) = (
            payload.get("nickname").cloned(),
            self.astray() || self.spoil == 0.0,
        ) && payload.get("nicknameAgain").is_some()
        {
            payload["nicknameAgain"] = first;
        }
        match T::read(payload.clone(), Reading::Strict) {
            Ok(value) => {
                json!({ "type": name, "sent": payload, "back": serde_json::to_value(&value).unwrap(), "errors": null })
            }
            Err(errors) => json!({ "type": name, "sent": payload, "back": null, "errors": errors }),
        }
    }

    /// An input of a lenient resource, where text and numbers may stand for one another.
    fn form_input<T: Input>(&mut self, name: &str) -> Value {
        let payload = self.value(&Shape::Named(name.to_owned()), 0);
        let payload = self.as_form(payload);
        let errors = T::read(payload.clone(), Reading::Lenient).err();
        json!({ "type": name, "sent": payload, "back": null, "errors": errors })
    }

    fn as_form(&mut self, value: Value) -> Value {
        match value {
            // Bytes; their base64 is no text of a form.
            Value::Object(entries) if entries.contains_key("_placeholder") => entries.into(),
            Value::Object(entries) => entries
                .into_iter()
                .map(|(key, value)| (key, self.as_form(value)))
                .collect(),
            Value::Array(items) => items.into_iter().map(|item| self.as_form(item)).collect(),
            Value::Number(number) if self.once_in(3) => Value::from(format!(" {number} ")),
            Value::String(text) if text.is_empty() && self.once_in(3) => {
                Value::from(self.random.i32(..))
            }
            other => other,
        }
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.random.usize(..times) == 0
    }

    /// Whether a value shall not obey its rules.
    fn astray(&mut self) -> bool {
        self.spoil > 0.0 && self.once_in(8)
    }

    fn value(&mut self, shape: &Shape, depth: usize) -> Value {
        if self.random.f64() < self.spoil {
            return self.wrong();
        }
        match shape {
            Shape::Any => self.anything(depth),
            Shape::Never => panic!("no value is of this type"),
            Shape::Null => Value::Null,
            Shape::Scalar(scalar) => self.scalar(*scalar, &[]),
            Shape::Literal(value) => value.clone(),
            Shape::List(item) => self.list(item, depth, 0, 3),
            Shape::Tuple(places) => places
                .iter()
                .map(|place| self.value(place, depth))
                .collect(),
            Shape::Map(value) => self.map(value, depth, false),
            Shape::Open(properties, rest) => {
                let mut whole = self.map(rest, depth, false);
                if let (Value::Object(whole), Value::Object(known)) =
                    (&mut whole, self.object(properties, depth))
                {
                    whole.extend(known);
                    // A key that is not known would have to be of the type of the others.
                    whole.remove("unknown");
                }
                whole
            }
            Shape::Object(properties) => self.object(properties, depth),
            Shape::Union(members) => {
                // A recursive choice ends with its first member.
                let index = if depth > 4 {
                    0
                } else {
                    self.random.usize(..members.len())
                };
                self.value(&members[index], depth)
            }
            Shape::Intersection(parts) => {
                let mut whole = Map::new();
                for part in parts {
                    if let Value::Object(entries) = self.value(part, depth) {
                        whole.extend(entries);
                    }
                }
                Value::Object(whole)
            }
            Shape::Named(name) => {
                let definition = self.contract.types().iter().find(|own| own.name == *name);
                self.value(&definition.unwrap().shape, depth + 1)
            }
            Shape::Checked(inner, rules) => self.checked(inner, rules, depth),
        }
    }

    fn checked(&mut self, inner: &Shape, rules: &[Rule], depth: usize) -> Value {
        match inner {
            Shape::Scalar(scalar) => self.scalar(*scalar, rules),
            Shape::List(item) => self.list(item, depth, 1, 3),
            Shape::Map(value) => self.map(value, depth, true),
            other => self.value(other, depth),
        }
    }

    fn list(&mut self, item: &Shape, depth: usize, least: usize, most: usize) -> Value {
        let count = if depth > 4 {
            least
        } else {
            self.random.usize(least..=most)
        };
        (0..count).map(|_| self.value(item, depth)).collect()
    }

    fn map(&mut self, value: &Shape, depth: usize, numbered: bool) -> Value {
        let count = self.random.usize(..3);
        let entries = (0..count).map(|_| {
            let key = if numbered {
                self.random.u32(..).to_string()
            } else {
                // Schemas of zod drop a key of this name, lest it become a prototype.
                Some(self.text())
                    .filter(|key| key != "__proto__")
                    .unwrap_or_default()
            };
            (key, self.value(value, depth))
        });
        Value::Object(entries.collect())
    }

    fn object(&mut self, properties: &[Property], depth: usize) -> Value {
        let mut entries = Map::new();
        for property in properties {
            let absent = if property.optional {
                self.once_in(3)
            } else {
                self.random.f64() < self.spoil / 2.0
            };
            if !absent {
                entries.insert(property.name.clone(), self.value(&property.shape, depth));
            }
        }
        if self.random.f64() < self.spoil {
            entries.insert("unknown".into(), Value::from(1));
        }
        Value::Object(entries)
    }

    fn wrong(&mut self) -> Value {
        match self.random.u8(..8) {
            0 => Value::Null,
            1 => Value::from(true),
            2 => Value::from(-1),
            3 => Value::from(1_000_000_000_000_i64),
            4 => Value::from("x"),
            5 => Value::from(""),
            6 => json!([]),
            _ => json!({}),
        }
    }

    fn anything(&mut self, depth: usize) -> Value {
        match self.random.u8(..6) {
            0 => Value::Null,
            1 => Value::from(self.text()),
            2 => Value::from(self.random.i32(..)),
            3 if depth < 4 => json!([self.anything(depth + 1)]),
            4 if depth < 4 => json!({ self.text(): self.anything(depth + 1) }),
            _ => Value::from(self.random.bool()),
        }
    }

    fn scalar(&mut self, scalar: Scalar, rules: &[Rule]) -> Value {
        match scalar {
            Scalar::Boolean => Value::from(self.random.bool()),
            Scalar::Integer(format) => self.integer(format, rules),
            Scalar::Number(format) => self.number(format, rules),
            Scalar::Bytes => self.bytes(rules),
            Scalar::Text(TextFormat::BigInt | TextFormat::Digits) => {
                Value::from(self.digits(rules))
            }
            Scalar::Text(TextFormat::Plain) if !rules.is_empty() => {
                Value::from(self.ruled_text(rules))
            }
            Scalar::Text(format) => Value::from(self.formatted(format)),
        }
    }

    fn integer(&mut self, format: IntegerFormat, rules: &[Rule]) -> Value {
        // JavaScript holds no more.
        let safe = (1_i64 << 53) - 1;
        let (mut least, mut most) = format.bounds().unwrap_or((-safe, safe));
        if let (Some((low, high)), false) = (limits(rules), self.astray()) {
            least = low.map_or(least, |low| low as i64);
            most = high.map_or(most, |high| high as i64);
        }
        match self.random.u8(..6) {
            0 => Value::from(least),
            1 => Value::from(most),
            _ => Value::from(self.random.i64(least..=most)),
        }
    }

    fn digits(&mut self, rules: &[Rule]) -> String {
        const WRONG: [&str; 7] = ["01", "-0", "", "1.5", "x", "-1", "18446744073709551616"];
        if self.random.f64() < self.spoil * 4.0 {
            // Only for fields of inputs themselves the limits of the type are known.
            let count = if rules.is_empty() { 5 } else { WRONG.len() };
            return WRONG[self.random.usize(..count)].to_owned();
        }
        // Rules stand behind the limits of the type.
        let ranges = rules.iter().rev();
        let limits = ranges.filter_map(|rule| limits(std::slice::from_ref(rule)));
        let (least, most) = limits.fold((None, None), |(least, most), (min, max)| {
            (least.or(min), most.or(max))
        });
        let least = least.map_or(-5, |least| (least as i64).max(-5));
        let most = most.map_or(i64::MAX, |most| most as i64);
        match self.random.u8(..4) {
            _ if self.astray() => least.saturating_sub(1).to_string(),
            0 => least.to_string(),
            1 => most.to_string(),
            _ => self.random.i64(least..=most).to_string(),
        }
    }

    fn bytes(&mut self, rules: &[Rule]) -> Value {
        let (least, most) = match rules.is_empty() || self.astray() {
            true => (0, 5),
            false => (1, 3),
        };
        let count = self.random.usize(least..=most);
        let bytes: Vec<u8> = (0..count).map(|_| self.random.u8(..)).collect();
        json!(Bytes::from(bytes))
    }

    fn number(&mut self, format: NumberFormat, rules: &[Rule]) -> Value {
        let wide = match self.random.u8(..4) {
            0 => f64::from(self.random.i32(..)),
            1 => self.random.f64() * 1e-9,
            _ => (self.random.f64() - 0.5) * 1e6,
        };
        let number = match (limits(rules), self.astray()) {
            (Some((Some(low), Some(high))), false) => low + self.random.f64() * (high - low),
            _ => wide,
        };
        match format {
            NumberFormat::Single => json!(number as f32),
            NumberFormat::Double => json!(number),
            NumberFormat::Decimal => json!((number * 100.0).round() / 100.0),
        }
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 14] = [
            "a",
            "Z",
            "7",
            " ",
            "\n",
            "ß",
            "é",
            "e\u{301}",
            "👩‍👩‍👧",
            "\u{1F600}",
            "\"",
            "\\",
            "中",
            "__proto__",
        ];
        let count = self.random.usize(..5);
        (0..count)
            .map(|_| PIECES[self.random.usize(..PIECES.len())])
            .collect()
    }

    /// Text that often obeys its rules, and often nearly.
    fn ruled_text(&mut self, rules: &[Rule]) -> String {
        if self.spoil == 0.0 {
            return self.right_text(&rules[0]);
        }
        let examples: &[&str] = match &rules[0] {
            Rule::Email => &[
                "a@b.c",
                "a@[::1]",
                "a@",
                "@b",
                "a b@c",
                "ä@b.c",
                "a@b..c",
                "A+b@c-d.e",
                "a@-b",
            ],
            Rule::Url => &[
                "http://a.b",
                "a:b",
                "mailto:a@b",
                "//a",
                "http://",
                "http://a b",
                "x",
                "https://ä.de/ü?a#b",
            ],
            Rule::Ip(_) => &[
                "127.0.0.1",
                "::1",
                "1.2.3",
                "256.1.1.1",
                "01.2.3.4",
                "fe80::1",
                ":::",
                "1.2.3.4.",
                "::ffff:1.2.3.4",
                "12345::",
            ],
            Rule::Contains(_) => &["a@z", "@", "az", "a@", "@z", "aa@zz"],
            Rule::Pattern(_) => &[
                "abc", "a\nc", "a😀c", "ac", "abcd", " ", "", "\t", "a c", "-1.5", "12", "1e5",
                "1.", "٣",
            ],
            Rule::Alphanumeric => &["a1", "ä½", "a-b", "", "中٣", "a b", "\u{345}", "Ⅷ"],
            Rule::Ascii => &["a~", "ä", "", "\u{7f}", "\u{80}"],
            _ => return self.text(),
        };
        examples[self.random.usize(..examples.len())].to_owned()
    }

    /// Text that obeys its rules.
    fn right_text(&mut self, rule: &Rule) -> String {
        let examples: &[&str] = match rule {
            Rule::Email => &["a@b.c", "a@[::1]", "A+b@c-d.e"],
            Rule::Url => &["http://a.b", "a:b", "https://ä.de/ü?a#b"],
            Rule::Ip(IpVersion::V4) => &["127.0.0.1", "255.255.255.255"],
            Rule::Ip(_) => &["127.0.0.1", "::1", "::ffff:1.2.3.4"],
            Rule::Contains(_) => &["a@z", "aa@zz"],
            Rule::Pattern(_) => &["abc", "a😀c", "a\rc"],
            Rule::Alphanumeric => &["a1", "ä½", "", "中٣", "Ⅷ"],
            Rule::Ascii => &["a~", "", "\u{7f}"],
            _ => &["ab", "éa", "a1"],
        };
        examples[self.random.usize(..examples.len())].to_owned()
    }

    fn formatted(&mut self, format: TextFormat) -> String {
        let examples: &[&str] = match format {
            TextFormat::Plain => return self.text(),
            TextFormat::Character => &["a", "ß", "\u{1F600}", "中"],
            TextFormat::DateTime => &[
                "2026-05-01T09:00:00Z",
                "2024-02-29T23:59:59.123456789Z",
                "1999-12-31T00:00:00+02:30",
            ],
            TextFormat::LocalDateTime => &["2026-05-01T09:00", "2024-02-29 23:59:59.5"],
            TextFormat::Date => &["2026-05-01", "2024-02-29", "1900-02-28"],
            TextFormat::Time => &["09:00", "23:59:59.999"],
            TextFormat::Uuid => &[
                "67e55044-10b1-426f-9247-bb680e5fe0c8",
                "67E55044-10B1-426F-9247-BB680E5FE0C8",
            ],
            TextFormat::Uri => &[
                "https://rowcast.dev/a?b=c#d",
                "mailto:a@b.c",
                "http://[::1]:80/",
            ],
            TextFormat::Ip => &["127.0.0.1", "::1", "2001:db8::ff00:42:8329"],
            TextFormat::Ipv4 => &["127.0.0.1", "255.255.255.255"],
            TextFormat::Ipv6 => &["::1", "2001:db8::ff00:42:8329"],
            TextFormat::Decimal => &["0", "-1.50", "12.3456", "79228162514264337593543950335"],
            TextFormat::Digits | TextFormat::BigInt => &["0", "1"],
            TextFormat::Base64 => &["", "AA==", "AAE=", "AAEC"],
        };
        const WRONG: [&str; 12] = [
            "2026-02-30",
            "2026-13-01T00:00:00Z",
            "25:00:00",
            "2026-05-01T09:00:00",
            "67e55044",
            "a",
            "",
            "256.0.0.1",
            "::g",
            "01",
            "-0",
            "ab",
        ];
        if self.random.f64() < self.spoil * 4.0 {
            return WRONG[self.random.usize(..WRONG.len())].to_owned();
        }
        examples[self.random.usize(..examples.len())].to_owned()
    }
}

/// The limits of a range.
fn limits(rules: &[Rule]) -> Option<(Option<f64>, Option<f64>)> {
    let number = |number: &Option<Number>| number.as_ref().and_then(Number::as_f64);
    let whole = |whole: Option<Whole>| whole.and_then(|whole| whole.to_string().parse().ok());
    rules.iter().find_map(|rule| match rule {
        Rule::Range { min, max } => Some((number(min), number(max))),
        Rule::Integer { min, max } => Some((whole(*min), whole(*max))),
        _ => None,
    })
}
