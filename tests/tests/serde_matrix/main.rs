//! Inputs are read as serde's derive reads the same struct: thousands of payloads for each pair of attributes.

pub mod forms;

use std::fmt::Debug;

use rowcast_schema::prelude::*;
use rowcast_schema::{Input, Reading, Shown};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

const PAYLOADS: usize = 300;

/// A struct that both can read.
struct Case {
    name: &'static str,
    ours: fn(&RawValue) -> Option<String>,
    serdes: fn(&str) -> Result<String, String>,
    /// The names of the fields as the macro has described them.
    described: Vec<String>,
    /// The keys of a row that serde reads and writes.
    written: fn(&str) -> Option<Vec<String>>,
}

fn ours<T: Input + Debug>(payload: &RawValue) -> Option<String> {
    let read = T::read_json(payload, Reading::Strict).ok()?;
    Some(fields_of(&read))
}

fn serdes<T: DeserializeOwned + Debug>(payload: &str) -> Result<String, String> {
    let read = serde_json::from_str::<T>(payload);
    read.map(|read| fields_of(&read))
        .map_err(|error| error.to_string())
}

/// What a struct holds, without its name.
fn fields_of(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    let (_, fields) = text.split_once('{').unwrap_or_default();
    fields.to_owned()
}

macro_rules! each {
    (commands Command $($name:ident,)*) => {
        fn commands() -> Vec<Case> {
            vec![$(Case {
                name: stringify!($name),
                ours: ours::<$name>,
                serdes: serdes::<$name>,
                described: Vec::new(),
                written: |_| None,
            },)*]
        }
    };
}

macro_rules! rows {
    ($($row:ident $new:ident $like:ident $view:ident,)*) => {
        fn rows() -> Vec<Case> {
            vec![$(Case {
                name: stringify!($new),
                ours: ours::<$new>,
                serdes: serdes::<$like>,
                described: described::<$row>(),
                written: written::<$row>,
            },)*]
        }

        fn views() -> Vec<Vec<String>> {
            vec![$(shown::<$view>(),)*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/serde_matrix.rs"));

fn described<T: Resource>() -> Vec<String> {
    let fields = T::describe().fields;
    fields.into_iter().map(|field| field.wire_name).collect()
}

fn shown<T: Shown>() -> Vec<String> {
    let fields = T::shown().fields;
    fields.into_iter().map(|field| field.wire_name).collect()
}

fn written<T: DeserializeOwned + serde::Serialize>(payload: &str) -> Option<Vec<String>> {
    let row = serde_json::from_str::<T>(payload).ok()?;
    let written = serde_json::to_value(&row).unwrap();
    written.as_object().map(|row| row.keys().cloned().collect())
}

/// The names that serde wants, found by its complaints.
fn wanted(case: &Case, random: &mut fastrand::Rng) -> Vec<String> {
    let mut names: Vec<String> = ["first_field", "fooBAR", "type", "_a__b2c"]
        .iter()
        .flat_map(|name| [name.to_uppercase(), name.to_lowercase(), (*name).to_owned()])
        .chain(["x y", "y x", "read", "read too", "läs", "lös", "written"].map(str::to_owned))
        .chain(case.described.clone())
        .collect();
    for _ in 0..8 {
        let payload = payload(&names, random);
        let Err(error) = (case.serdes)(&payload) else {
            continue;
        };
        let missing = error.split("missing field `").nth(1);
        names.extend(
            missing
                .and_then(|rest| rest.split('`').next())
                .map(str::to_owned),
        );
        // A name is given more often the more often it is here.
        for rule in [
            "firstField",
            "FirstField",
            "first-field",
            "FIRST-FIELD",
            "FIRST_FIELD",
            "FooBAR",
            "Type",
            "TYPE",
        ] {
            names.push(rule.to_owned());
        }
    }
    names
}

fn payload(names: &[String], random: &mut fastrand::Rng) -> String {
    let mut object = Map::new();
    for name in names {
        if random.u8(..10) < 7 {
            object.insert(name.clone(), value(name, random));
        }
    }
    Value::Object(object).to_string()
}

/// What suits the field that may have this name, most of the time.
fn value(name: &str, random: &mut fastrand::Rng) -> Value {
    let name = name.to_lowercase();
    let wrapped = |value: Value, random: &mut fastrand::Rng| match random.bool() {
        true => json!({ "it": value }),
        false => value,
    };
    if random.u8(..12) == 0 {
        let others = [
            json!(null),
            json!(300),
            json!(-1),
            json!(1.5),
            json!("text"),
            json!([1, "a"]),
            json!({}),
            json!(true),
        ];
        return others[random.usize(..others.len())].clone();
    }
    match name.as_str() {
        "foobar" | "y x" | "read too" | "lös" => wrapped(json!("text"), random),
        "type" => json!([1, -2]),
        name if name.contains("b2c") => json!(true),
        _ => wrapped(json!(7), random),
    }
}

fn compare(cases: &[Case]) {
    let mut random = fastrand::Rng::with_seed(17);
    for case in cases {
        let names = wanted(case, &mut random);
        let mut accepted = 0;
        for _ in 0..PAYLOADS {
            let payload = payload(&names, &mut random);
            let raw = RawValue::from_string(payload.clone()).unwrap();
            let serdes = (case.serdes)(&payload);
            let ours = (case.ours)(&raw);
            assert_eq!(
                ours,
                serdes.clone().ok(),
                "{} of {payload}: {serdes:?}",
                case.name
            );
            accepted += usize::from(ours.is_some());
        }
        assert!(
            accepted > PAYLOADS / 20,
            "{} accepts only {accepted}",
            case.name
        );
    }
}

#[test]
fn commands_are_read_as_serde_reads_them() {
    compare(&commands());
}

#[test]
fn columns_have_the_names_that_serde_writes() {
    let mut random = fastrand::Rng::with_seed(17);
    for case in rows() {
        let names = wanted(&case, &mut random);
        let rows = (0..PAYLOADS).filter_map(|_| (case.written)(&payload(&names, &mut random)));
        let mut rows: Vec<Vec<String>> = rows.collect();
        rows.sort_by_key(Vec::len);
        // What is skipped now and then is there in others.
        let mut longest = rows.pop().unwrap_or_default();
        let mut described = case.described.clone();
        longest.sort();
        described.sort();
        assert_eq!(longest, described, "{}", case.name);
    }
}

#[test]
fn views_have_the_names_of_rows_with_the_same_fields() {
    let rows: Vec<Vec<String>> = rows().into_iter().map(|case| case.described).collect();
    assert_eq!(views(), rows);
}

#[test]
fn inputs_of_resources_are_read_as_serde_reads_their_fields() {
    compare(&rows());
}
