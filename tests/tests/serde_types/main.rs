//! Types with all of serde's attributes, in pairs, as payloads of events and in fields of commands, resources and views.
//!
//! Thousands of values are read by Rowcast's reader and by serde_json: with one verdict and one result. And TypeScript is
//! right about them: what its types allow the server reads, and what the server writes is of its types.
//! `MATRIX_SEED` takes the values of an earlier run, `MATRIX_TIMES` tries more of them.

pub mod forms;
mod judge;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;

use judge::{Judge, any};
use rowcast_schema::contract::Shape;
use rowcast_schema::description::{CommandDescription, EventDescription};
use rowcast_schema::input::{Fields, Reader};
use rowcast_schema::prelude::*;
use rowcast_schema::{Command, Contract, Event, FieldErrors, Input, Reading, resolve};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

type Read = fn(&RawValue) -> Option<FieldErrors>;

/// What was read, as text and as serde writes it again.
type Rewritten = (String, Result<Value, String>);

/// A type of the matrix.
struct Case {
    name: &'static str,
    declared: &'static str,
    schema: fn() -> Schema,
    /// What each of both reads: the value as text, and as it is written again.
    ours: fn(&RawValue) -> Option<String>,
    serdes: fn(&str) -> Option<Rewritten>,
}

/// A command with one field.
#[derive(JsonSchema)]
pub struct Holder<T> {
    #[allow(dead_code, reason = "only its JSON Schema is looked at")]
    value: T,
}

impl<T: DeserializeOwned + Send + 'static> Input for Holder<T> {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let value = fields.required("value");
        fields.finish(|| value.map(|value| Self { value }))
    }
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Command for Holder<T> {
    type Ack = ();

    fn describe() -> CommandDescription {
        Template::describe()
    }
}

#[derive(Debug, Deserialize, JsonSchema, Command)]
pub struct Template {
    pub value: bool,
}

/// An event with one field.
#[derive(Serialize, JsonSchema)]
pub struct Sent<T> {
    value: T,
}

impl<T: Serialize + JsonSchema> Event for Sent<T> {
    fn describe() -> EventDescription {
        TemplateEvent::describe()
    }
}

#[derive(Debug, Serialize, JsonSchema, Event)]
pub struct TemplateEvent {
    pub value: bool,
}

fn schema<T: Serialize + DeserializeOwned + JsonSchema + Send + 'static>() -> Schema {
    Schema::new("App").event::<Sent<T>>().command::<Holder<T>>()
}

fn ours<T: DeserializeOwned + Debug>(value: &RawValue) -> Option<String> {
    let read = T::deserialize(Reader::new(value, Reading::Strict)).ok()?;
    Some(format!("{read:?}"))
}

fn serdes<T: DeserializeOwned + Serialize + Debug>(text: &str) -> Option<Rewritten> {
    let read = serde_json::from_str::<T>(text).ok()?;
    let written = serde_json::to_string(&read).map_err(|error| error.to_string());
    let written = written.map(|text| serde_json::from_str(&text).unwrap());
    Some((format!("{read:?}"), written))
}

macro_rules! types {
    ($($name:ident)*) => {
        fn cases() -> Vec<Case> {
            vec![$(Case {
                name: stringify!($name),
                declared: $name::TEXT,
                schema: schema::<$name::Type>,
                ours: ours::<$name::Type>,
                serdes: serdes::<$name::Type>,
            },)*]
        }
    };
}

macro_rules! items {
    ($($name:ident)*) => {
        /// What reads the type in a field: a command, what creates a row, and what changes it.
        fn inputs() -> BTreeMap<&'static str, [Read; 3]> {
            let mut found = BTreeMap::new();
            $(for field in $name::FIELDS {
                found.insert(*field, [
                    (|payload| $name::Call::read_json(payload, Reading::Strict).err()) as Read,
                    |payload| $name::NewRow::read_json(payload, Reading::Strict).err(),
                    |payload| $name::RowPatch::read_json(payload, Reading::Strict).err(),
                ]);
            })*
            found
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/serde_types.rs"));

/// The shapes that TypeScript has of a type: of what is sent, and of what is accepted.
fn shapes(contract: &Contract) -> (&Shape, &Shape) {
    let sent = &contract.events()[0].payload;
    (
        field(contract, sent),
        field(contract, &contract.commands()[0].payload),
    )
}

/// The only field of a named type.
fn field<'c>(contract: &'c Contract, of: &Shape) -> &'c Shape {
    let named = |name: &String| contract.types().iter().find(|one| one.name == *name);
    let Shape::Named(name) = of else {
        panic!("{of:?}")
    };
    match named(name).map(|one| &one.shape) {
        Some(Shape::Object(properties)) => &properties[0].shape,
        other => panic!("{other:?}"),
    }
}

/// Changes one thing in a value, at any depth.
fn mutated(value: &Value, random: &mut fastrand::Rng) -> Value {
    match value {
        Value::Object(entries) if !entries.is_empty() && random.u8(..4) > 0 => {
            let key = random.usize(..entries.len());
            let mut changed = Map::new();
            for (index, (name, value)) in entries.iter().enumerate() {
                match (index == key).then(|| random.u8(..5)) {
                    Some(0) => {}
                    Some(1) => drop(changed.insert(other_name(name, random), value.clone())),
                    Some(_) => drop(changed.insert(name.clone(), mutated(value, random))),
                    None => drop(changed.insert(name.clone(), value.clone())),
                }
            }
            Value::Object(changed)
        }
        Value::Object(entries) if random.bool() => {
            let mut entries = entries.clone();
            entries.insert(other_name("another", random), any(random));
            Value::Object(entries)
        }
        Value::Array(items) if !items.is_empty() && random.u8(..4) > 0 => {
            let mut items = items.clone();
            let index = random.usize(..items.len());
            items[index] = mutated(&items[index], random);
            Value::Array(items)
        }
        _ => any(random),
    }
}

fn other_name(name: &str, random: &mut fastrand::Rng) -> String {
    let names = [
        name.to_lowercase(),
        name.to_uppercase(),
        format!("{name} "),
        "other name".to_owned(),
        "name of another".to_owned(),
        "first_field".to_owned(),
        "kind".to_owned(),
        "UnitOne".to_owned(),
    ];
    names[random.usize(..names.len())].clone()
}

/// The text of a value, now and then with a key twice.
fn text(value: &Value, random: &mut fastrand::Rng) -> String {
    let text = value.to_string();
    match value.as_object().and_then(|entries| entries.iter().next()) {
        Some((key, first)) if random.u8(..20) == 0 => {
            let doubled = if random.bool() {
                first.clone()
            } else {
                any(random)
            };
            format!(
                "{},{}:{doubled}}}",
                &text[..text.len() - 1],
                Value::from(key.as_str())
            )
        }
        _ => text,
    }
}

/// The findings that a type has: of what serde reads otherwise than its JSON Schema says.
fn refused(declared: &str) -> Vec<&'static str> {
    let has = |text: &str| declared.contains(text);
    let choices = ["Outside", "Inside", "Beside", "Untagged"];
    let flattens_choice = has("flatten") && choices.iter().any(|choice| has(choice));
    let closed_choice = has("deny_unknown_fields") && flattens_choice;
    // serde does not take what has a function of its own for an `Option`.
    let container = declared.split("pub struct").next().unwrap_or_default();
    let required = has("deserialize_with = \"forms::same::deserialize\")] pub fooBAR")
        && !container.contains("#[serde(default");
    let found = [
        (required, "required-option"),
        (closed_choice, "closed-choice"),
    ];
    found
        .into_iter()
        .filter_map(|(is, code)| is.then_some(code))
        .collect()
}

/// What docs/types.md excepts.
fn is_excepted(declared: &str, value: &Value) -> bool {
    let Value::Object(entries) = value else {
        return false;
    };
    let aliases = ["other name", "name of another"];
    let has_alias = aliases
        .iter()
        .any(|alias| declared.contains(alias) && entries.contains_key(*alias));
    let has_content = declared.contains("content =") && entries.contains_key("content");
    // A flattened map that has a key of the struct.
    let has_own_key =
        declared.contains("BTreeMap") && entries.keys().any(|key| key.starts_with("written"));
    has_alias || has_content || has_own_key
}

/// A struct writes its tag, and nothing tells schemars of it.
fn without_tag(declared: &str, mut written: Value) -> Value {
    if declared.contains("pub struct") && declared.contains("tag =") {
        written
            .as_object_mut()
            .map(|entries| entries.shift_remove("kind"));
    }
    written
}

fn number(name: &str, otherwise: u64) -> u64 {
    let given = env::var(name).ok().and_then(|text| text.parse().ok());
    given.unwrap_or(otherwise)
}

struct Checked<'c> {
    case: &'c Case,
    judge: Judge<'c>,
    sent: &'c Shape,
    accepted: &'c Shape,
    inputs: [Read; 3],
    read: usize,
}

impl Checked<'_> {
    fn check(&mut self, text: &str) -> Result<Option<Value>, String> {
        let raw = RawValue::from_string(text.to_owned()).map_err(|error| error.to_string())?;
        let (ours, serdes) = ((self.case.ours)(&raw), (self.case.serdes)(text));
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        if ours.as_ref() != serdes.as_ref().map(|(read, _)| read) {
            return Err(format!("reads {ours:?}, serde {serdes:?}"));
        }
        let payload = format!("{{\"id\":1,\"{}\":{text}}}", self.case.name);
        let payload = RawValue::from_string(payload).map_err(|error| error.to_string())?;
        for read in self.inputs {
            let errors = read(&payload).unwrap_or_default();
            let mut paths = errors.iter().map(|(path, _)| path);
            let refused = paths.any(|path| path.split(['.', '[']).next() == Some(self.case.name));
            if refused == ours.is_some() {
                return Err(format!("as a field: {errors}"));
            }
        }
        let Some((_, written)) = serdes else {
            // What is doubled in the text is not in the value.
            let plain = value.to_string();
            let is_whole = plain == text && !is_excepted(self.case.declared, &value);
            let allowed = is_whole && self.judge.accepts(self.accepted, &value);
            return if allowed {
                Err("TypeScript allows it".to_owned())
            } else {
                Ok(None)
            };
        };
        self.read += 1;
        let written = match written {
            Err(error) if error.contains("cannot be serialized") => return Ok(None),
            written => without_tag(self.case.declared, written?),
        };
        let is_excepted = is_excepted(self.case.declared, &value);
        if !is_excepted && !self.judge.accepts(self.sent, &written) {
            return Err(format!("TypeScript does not know {written}"));
        }
        let comes_back = (self.case.serdes)(&written.to_string()).is_some();
        if comes_back && !self.judge.accepts(self.accepted, &written) {
            return Err(format!("TypeScript does not allow {written}"));
        }
        Ok(Some(written))
    }
}

fn compare(case: &Case, inputs: [Read; 3], random: &mut fastrand::Rng) -> Result<(), String> {
    let described = (case.schema)().describe();
    let contract = match resolve(&described) {
        Ok(contract) => contract,
        Err(findings) => {
            let findings = findings.as_slice().iter();
            let codes: Vec<&str> = findings.map(|finding| finding.code).collect();
            let expected = refused(case.declared);
            return (codes == expected)
                .then_some(())
                .ok_or(format!("{codes:?} {expected:?}"));
        }
    };
    if !refused(case.declared).is_empty() {
        return Err("is not refused".to_owned());
    }
    let (sent, accepted) = shapes(&contract);
    let judge = Judge::of(&contract);
    let mut checked = Checked {
        case,
        judge,
        sent,
        accepted,
        inputs,
        read: 0,
    };
    for _ in 0..number("MATRIX_TIMES", 40) {
        let value = checked.judge.value(accepted, random);
        let mut value = value.unwrap_or_else(|| any(random));
        for _ in 0..4 {
            let text = text(&value, random);
            let context = |problem| format!("{text}: {problem}");
            let written = checked.check(&text).map_err(context)?;
            if let Some(written) = written.filter(|_| random.u8(..4) == 0) {
                value = written;
            }
            value = mutated(&value, random);
        }
    }
    Ok(())
}

#[test]
fn types_are_read_and_written_as_serde_does_and_typescript_is_right_about_them() {
    let seed = number("MATRIX_SEED", 17);
    let inputs = inputs();
    let mut wrong = Vec::new();
    for case in cases() {
        let mut random = fastrand::Rng::with_seed(seed);
        if let Err(problem) = compare(&case, inputs[case.name], &mut random) {
            wrong.push(format!("{}: {problem}", case.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "seed {seed}, {}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
