//! What serde writes it reads back, in any order of the keys, or the type is refused with a finding.
//!
//! Of untagged and internally tagged enums, and of what is beside a flattened field, serde keeps what it reads in a buffer;
//! from there it can't read everything. Each type stands in each of these places.

pub mod types;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use rowcast_schema::description::CommandDescription;
use rowcast_schema::input::Fields;
use rowcast_schema::prelude::*;
use rowcast_schema::{Command, FieldErrors, Input, Reading, resolve};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use types::*;
use uuid::Uuid;

/// A type that both serde and the schema know.
trait Known:
    Debug + Clone + PartialEq + Serialize + DeserializeOwned + JsonSchema + Send + 'static
{
}

impl<T> Known for T where
    T: Debug + Clone + PartialEq + Serialize + DeserializeOwned + JsonSchema + Send + 'static
{
}

/// A command with one field, of any type.
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

fn findings<T: DeserializeOwned + JsonSchema + Send + 'static>() -> Vec<String> {
    let schema = Schema::new("App").wide_integers_as_numbers();
    match resolve(&schema.command::<Holder<T>>().describe()) {
        Ok(_) => Vec::new(),
        Err(findings) => {
            let findings = findings.as_slice().iter();
            findings
                .map(|finding| format!("{}: {}", finding.code, finding.message))
                .collect()
        }
    }
}

fn reversed(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let entries = entries.into_iter().rev();
            Value::Object(entries.map(|(key, value)| (key, reversed(value))).collect())
        }
        other => other,
    }
}

fn comes_back<T: PartialEq + Serialize + DeserializeOwned>(value: &T) -> bool {
    let Ok(text) = serde_json::to_string(value) else {
        return false;
    };
    let reads = |text: &str| serde_json::from_str::<T>(text).is_ok_and(|back| back == *value);
    reads(&text) && reads(&reversed(serde_json::from_str(&text).unwrap()).to_string())
}

/// What serde can't read or write there, and the JSON Schema does not tell; the docs say so.
const UNKNOWN: [(&str, &str); 9] = [
    ("bool", "flat bare"),
    ("String", "flat bare"),
    ("truths", "mixed"),
    ("truths", "mixed, untagged"),
    ("truths", "untagged"),
    ("truths", "untagged bare"),
    ("truths", "flat option"),
    ("truths", "flat untagged"),
    ("truths", "flat mixed"),
];

#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn compare<T: Known>(&mut self, leaf: &str, place: &str, value: &T) {
        let (findings, comes_back) = (findings::<T>(), comes_back(value));
        let unknown = UNKNOWN.contains(&(leaf, place));
        if comes_back != (findings.is_empty() && !unknown) {
            let text = serde_json::to_string(value);
            self.0.push(format!(
                "{leaf}, {place}: {comes_back} {text:?} {findings:?}"
            ));
        }
    }

    fn in_each_place<T: Known>(&mut self, leaf: &str, value: T) {
        let v = || value.clone();
        let wrapped = || Wrap { v: value.clone() };
        let in_map = || BTreeMap::from([("k".to_owned(), value.clone())]);
        self.compare(leaf, "bare", &v());
        self.compare(leaf, "outside", &Outside::A(v()));
        self.compare(leaf, "mixed", &Mixed::A(v()));
        self.compare(leaf, "mixed, untagged", &Mixed::C { v: v() });
        self.compare(leaf, "inside", &Inside::A { v: v() });
        self.compare(leaf, "inside new", &InsideNew::A(wrapped()));
        self.compare(leaf, "inside bare", &InsideBare::A(v()));
        self.compare(leaf, "beside", &Beside::A(v()));
        self.compare(leaf, "untagged", &Untagged::A { v: v() });
        self.compare(leaf, "untagged bare", &UntaggedBare::A(v()));
        self.compare(leaf, "tagged", &Tagged { v: v() });
        self.compare(
            leaf,
            "flat",
            &Flat {
                o: true,
                f: wrapped(),
            },
        );
        let optional = FlatOption {
            o: true,
            f: Some(wrapped()),
        };
        self.compare(leaf, "flat option", &optional);
        self.compare(
            leaf,
            "flat map",
            &FlatMap {
                o: true,
                f: in_map(),
            },
        );
        self.compare(leaf, "flat bare", &FlatBare { o: true, f: v() });
        let rest = BTreeMap::from([("k".to_owned(), true)]);
        self.compare(leaf, "beside flat", &BesideFlat { v: v(), f: rest });
        self.flat(leaf, "flat inside", Inside::A { v: v() });
        self.flat(leaf, "flat mixed", Mixed::A(v()));
        self.flat(leaf, "flat beside", Beside::A(v()));
        self.flat(leaf, "flat untagged", Untagged::A { v: v() });
    }

    fn flat<T: Known>(&mut self, leaf: &str, place: &str, value: T) {
        self.compare(leaf, place, &FlatBare { o: true, f: value });
    }
}

fn map<K: Ord>(key: K) -> BTreeMap<K, i32> {
    BTreeMap::from([(key, 1)])
}

#[test]
fn what_is_written_comes_back_or_is_refused() {
    let mut wrong = Wrong::default();
    wrong.in_each_place("i32", -3_i32);
    wrong.in_each_place("i128", -7_i128);
    wrong.in_each_place("f32", 0.1_f32);
    wrong.in_each_place("bool", true);
    wrong.in_each_place("char", 'ö');
    wrong.in_each_place("String", "text".to_owned());
    wrong.in_each_place("Option", Some(1));
    wrong.in_each_place("unit struct", Nothing);
    wrong.in_each_place("list", vec![1, 2]);
    wrong.in_each_place("tuple", (1, "a".to_owned()));
    wrong.in_each_place("texts", map("a".to_owned()));
    wrong.in_each_place("numbers", map(1_u8));
    wrong.in_each_place("newtypes", map(Number(1)));
    wrong.in_each_place("nonzero", map(NonZeroU32::MIN));
    wrong.in_each_place("lists", vec![map(1_u64)]);
    wrong.in_each_place("truths", map(true));
    wrong.in_each_place("units", map(Unit::One));
    wrong.in_each_place("unit", Unit::Two);
    wrong.in_each_place("outer unit", Outer::Unit);
    wrong.in_each_place("outer", Outer::Two(1, "a".to_owned()));
    wrong.in_each_place("key", Key { t: true });
    wrong.in_each_place("same", Same { o: true });
    wrong.in_each_place("kind", Kind::A { v: 1 });
    wrong.in_each_place(
        "exact",
        Exact {
            d: u64::MAX,
            e: Some(3),
        },
    );
    wrong.in_each_place("DateTime", DateTime::<Utc>::UNIX_EPOCH);
    wrong.in_each_place("Uuid", Uuid::nil());
    wrong.in_each_place("Decimal", Decimal::ONE);
    wrong.in_each_place("Value", json!({ "1": [2, null] }));
    assert!(wrong.0.is_empty(), "{:#?}", wrong.0);
}

/// Of a flattened map, whose keys it denies, such a struct reads none.
#[test]
fn denied_keys_are_denied_beside_flattened_fields() {
    for text in [r#"{"a":true,"v":1,"x":1}"#, r#"{"v":1,"x":1}"#] {
        assert!(serde_json::from_str::<ClosedFlat>(text).is_err());
        assert!(serde_json::from_str::<ClosedMap>(text).is_err());
    }
    assert!(serde_json::from_str::<ClosedMap>(r#"{"a":true}"#).is_ok());
    assert_eq!(findings::<ClosedFlat>(), [""; 0]);
}

#[test]
fn a_finding_names_the_type_the_field_and_what_it_is_about() {
    let message = "unread-keys: `Inside`, in `Holder.value`, has a map whose keys are numbers or truth values, and serde reads only text as keys there";
    assert_eq!(findings::<Inside<BTreeMap<u8, i32>>>(), [message]);
    let message = "key-twice: `InsideBare`, in `Holder.value`, has the key `t` twice in one object, and serde reads it only once";
    assert_eq!(findings::<InsideBare<Key>>(), [message]);
}

/// Its rules say of values what the reader says of keys that are missing.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
pub struct Period {
    #[garde(custom(is_given))]
    pub end: Option<u8>,
    #[garde(custom(has_some))]
    pub days: Vec<u8>,
}

#[derive(Debug, Deserialize, JsonSchema, Command)]
pub struct Book {
    #[garde(dive)]
    pub period: Period,
}

fn is_given(value: &Option<u8>, (): &()) -> garde::Result {
    value
        .map(drop)
        .ok_or_else(|| garde::Error::new("is required"))
}

fn has_some(value: &[u8], (): &()) -> garde::Result {
    match value {
        [] => Err(garde::Error::new("is required")),
        _ => Ok(()),
    }
}

#[test]
fn rules_of_the_application_are_no_findings() {
    let schema = Schema::new("App").command::<Book>().describe();
    assert_eq!(schema.unread, []);
}
