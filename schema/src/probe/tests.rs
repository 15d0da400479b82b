//! Types that serde reads, and types that it doesn't.
//!
//! Long, since it is a table of cases.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::*;
use crate::input::Fields;

/// An input with one field.
#[derive(JsonSchema)]
struct Holder<T> {
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

fn kinds<T: DeserializeOwned + JsonSchema + Send + 'static>() -> Vec<UnreadKind> {
    let found = found::<T>().into_iter();
    found.map(|unread| unread.kind).collect()
}

/// The types that are said to be wrong, each once.
fn types<T: DeserializeOwned + JsonSchema + Send + 'static>() -> Vec<String> {
    let found = found::<T>().into_iter();
    let mut types: Vec<String> = found.map(|unread| unread.type_name).collect();
    types.dedup();
    types
}

fn found<T: DeserializeOwned + JsonSchema + Send + 'static>() -> Vec<Unread> {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let mut generator = settings.into_generator();
    let payload = generator.subschema_for::<Holder<T>>().to_value();
    try_reading::<Holder<T>>(&payload, generator.definitions()).unread
}

type Numbered = BTreeMap<u8, bool>;

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code, reason = "only read")]
struct Row<T> {
    value: T,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind")]
#[allow(dead_code, reason = "only read")]
enum Tagged<T> {
    Row(Row<T>),
    Bare(T),
}

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code, reason = "only read")]
struct Flat<T> {
    #[serde(flatten)]
    row: Option<Row<T>>,
}

/// What is noted of a type that an input mentions: the JSON pointer, the keyword, and what it says.
fn noted<T: DeserializeOwned + JsonSchema + Send + 'static>() -> Vec<(String, Value)> {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let mut generator = settings.into_generator();
    let payload = generator.subschema_for::<Holder<T>>().to_value();
    let notes = try_reading::<Holder<T>>(&payload, generator.definitions()).notes;
    let mut definitions = generator.take_definitions(true);
    let before = Value::Object(definitions.clone());
    write_notes(&mut definitions, &mut Map::new(), &notes);
    let mut changes = Vec::new();
    changed_keywords(&before, &Value::Object(definitions), &mut changes);
    changes
}

fn changed_keywords(before: &Value, after: &Value, found: &mut Vec<(String, Value)>) {
    let after = after.as_object().into_iter().flatten();
    for (key, value) in after {
        match before.get(key) {
            Some(before) => changed_keywords(before, value, found),
            None => found.push((key.clone(), value.clone())),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code, reason = "only read")]
struct Counter {
    #[serde(with = "crate::Digits")]
    hits: std::num::NonZeroI8,
}

#[test]
fn what_the_reader_says_of_keys_and_digits_is_noted_at_their_place() {
    let codes = |keyword: &str, codes: Value| vec![(keyword.to_owned(), codes)];
    let bytes = json!([{ "code": "integer", "min": 0, "max": 255 }]);
    assert_eq!(noted::<Numbered>(), codes("x-key-codes", bytes.clone()));
    assert_eq!(noted::<Vec<Row<Numbered>>>(), codes("x-key-codes", bytes));
    let answers = json!([{ "code": "choice", "options": ["true", "false"] }]);
    assert_eq!(
        noted::<BTreeMap<bool, bool>>(),
        codes("x-key-codes", answers)
    );
    assert_eq!(noted::<BTreeMap<String, bool>>(), []);
    let digits = json!([
        { "code": "integer", "min": -128, "max": 127 },
        { "code": "not_zero" },
    ]);
    assert_eq!(
        noted::<Vec<Counter>>(),
        codes("x-text-codes", digits.clone())
    );
    // There it stands in a buffer.
    assert_eq!(noted::<Tagged<Counter>>(), codes("x-text-codes", digits));
    let letters = json!([{ "code": "type", "expected": "character" }]);
    assert_eq!(noted::<Row<char>>(), codes("x-text-codes", letters));
}

/// A value can be refused for what it is, whatever its key.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
struct Choosy(#[serde(deserialize_with = "never")] u8);

fn never<'de, D: serde::Deserializer<'de>>(_: D) -> Result<u8, D::Error> {
    Err(serde::de::Error::unknown_variant("", &["never"]))
}

#[derive(Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
enum Level {
    /// Documented, so that its JSON Schema has other forms.
    Low,
    High,
}

/// Takes names in any letters.
#[derive(JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[schemars(transparent)]
struct Generous(String);

impl<'de> Deserialize<'de> for Generous {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.to_lowercase().as_str() {
            "low" => Ok(Self(text)),
            _ => Err(serde::de::Error::unknown_variant(&text, &["low"])),
        }
    }
}

#[test]
fn what_is_in_a_map_is_learnt_whatever_its_keys_are() {
    let names = json!([{ "code": "choice", "options": ["low", "high"] }]);
    let bytes = json!([{ "code": "integer", "min": 0, "max": 255 }]);
    let mut found = noted::<BTreeMap<Level, BTreeMap<u8, bool>>>();
    found.sort_by_key(|(_, codes)| codes.to_string());
    let keyword = || "x-key-codes".to_owned();
    assert_eq!(found, [(keyword(), names), (keyword(), bytes)]);
    assert_eq!(noted::<BTreeMap<Generous, bool>>(), []);
}

#[test]
fn keys_that_no_text_stands_for_are_found() {
    let without_text = [UnreadKind::KeysWithoutText];
    assert_eq!(kinds::<BTreeMap<(u8, u8), u32>>(), without_text);
    assert_eq!(kinds::<Vec<BTreeMap<Vec<u8>, bool>>>(), without_text);
    assert_eq!(kinds::<BTreeMap<u8, (u8, Vec<u8>)>>(), []);
    assert_eq!(kinds::<BTreeMap<String, Row<Numbered>>>(), []);
}

#[test]
fn what_is_wrong_with_a_value_is_not_noted_of_its_key() {
    assert_eq!(Choosy(1).0, 1);
    assert_eq!(noted::<BTreeMap<String, Choosy>>(), []);
}

#[test]
fn keys_that_are_numbers_are_read_outside_of_buffers_only() {
    assert_eq!(kinds::<Numbered>(), []);
    assert_eq!(kinds::<Vec<Option<Row<Numbered>>>>(), []);
    assert!(kinds::<Tagged<Numbered>>().contains(&UnreadKind::Keys));
    assert_eq!(kinds::<Flat<Numbered>>(), [UnreadKind::Keys]);
    assert_eq!(kinds::<Flat<BTreeMap<String, bool>>>(), []);
}

#[test]
fn integers_of_128_bits_are_read_outside_of_buffers_only() {
    assert_eq!(kinds::<Row<u128>>(), []);
    assert_eq!(kinds::<Flat<u128>>(), [UnreadKind::WideInteger]);
}

#[test]
fn a_tag_needs_an_object() {
    assert_eq!(kinds::<Tagged<Row<bool>>>(), []);
    assert_eq!(kinds::<Tagged<String>>(), [UnreadKind::OnlyTag]);
}

#[test]
fn a_key_is_in_one_type_of_an_object_only() {
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Both {
        value: bool,
        #[serde(flatten)]
        row: Row<bool>,
    }
    assert_eq!(kinds::<Both>(), [UnreadKind::KeyTwice("value".into())]);
}

#[test]
fn an_option_with_a_function_of_its_own_is_required() {
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Strict {
        #[serde(deserialize_with = "Option::deserialize")]
        note: Option<bool>,
    }
    assert_eq!(kinds::<Strict>(), [UnreadKind::Required("note".into())]);
}

#[test]
fn recursive_types_end() {
    #[derive(Deserialize, JsonSchema)]
    #[serde(untagged)]
    #[allow(dead_code, reason = "only read")]
    enum Tree {
        Leaf(bool),
        Node {
            left: Box<Tree>,
            right: Option<Box<Tree>>,
            named: BTreeMap<String, Tree>,
        },
    }
    assert_eq!(kinds::<Tree>(), []);
}

#[test]
fn types_that_are_nothing_but_themselves_are_not_read() {
    #[derive(Deserialize, JsonSchema)]
    #[serde(untagged)]
    #[allow(dead_code, reason = "only read")]
    enum Endless {
        Negative(Box<Endless>),
        Number(f64),
    }
    assert_eq!(kinds::<Endless>(), []);
}

#[test]
fn a_rule_of_the_application_proves_nothing() {
    #[derive(Deserialize, JsonSchema)]
    #[serde(try_from = "bool")]
    struct Panicking;

    impl TryFrom<bool> for Panicking {
        type Error = String;

        fn try_from(_: bool) -> Result<Self, String> {
            panic!("the configuration is loaded at start-up")
        }
    }
    assert_eq!(kinds::<Row<Panicking>>(), []);
}

#[test]
fn types_that_mention_each_other_end() {
    macro_rules! mutual {
        ($($name:ident),*) => { mutual!(@ [$($name)*] [$($name)*]); };
        (@ [$($name:ident)*] $all:tt) => { $(mutual!(= $name $all);)* };
        (= $name:ident [$($other:ident)*]) => {
            #[derive(Deserialize, JsonSchema)]
            #[allow(dead_code, non_snake_case, reason = "only read")]
            struct $name {
                $($other: Option<Box<$other>>,)*
            }
        };
    }
    mutual!(A, B, C, D, E, F, G, H, I, J);
    assert_eq!(kinds::<Tagged<A>>(), []);
}

#[test]
fn types_are_looked_at_however_deep_they_are_nested() {
    macro_rules! chain {
        ($name:ident: $inner:ty $(, $more:ident)*) => {
            #[derive(Deserialize, JsonSchema)]
            #[allow(dead_code, reason = "only read")]
            struct $name {
                inner: $inner,
            }
            chain!(= $name $(, $more)*);
        };
        (= $inner:ident, $name:ident $(, $more:ident)*) => { chain!($name: $inner $(, $more)*); };
        (= $last:ident) => {};
    }
    chain!(A: Tagged<String>, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T);
    assert_eq!(kinds::<T>(), [UnreadKind::OnlyTag]);
}

#[test]
fn a_type_is_blamed_for_its_own_place_only() {
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Both {
        value: bool,
        #[serde(flatten)]
        row: Row<bool>,
    }
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Fine {
        note: bool,
    }
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Outer {
        before: Fine,
        both: Both,
        list: Vec<Fine>,
    }
    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    #[allow(dead_code, reason = "only read")]
    enum Buffered {
        One(Outer),
    }
    assert_eq!(types::<Outer>(), ["Both"]);
    // From within a buffer, serde tells no place.
    assert_eq!(types::<Buffered>(), [""]);
}

#[test]
fn texts_of_enums_have_the_order_of_declaration() {
    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code, reason = "only read")]
    enum Level {
        Low,
        /// In between.
        Middle,
        High,
    }
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let mut generator = settings.into_generator();
    let payload = generator.subschema_for::<Holder<Vec<Level>>>().to_value();
    let readings = try_reading::<Holder<Vec<Level>>>(&payload, generator.definitions());
    assert_eq!(readings.orders, [["low", "middle", "high"]]);
    let mut schema = generator.definitions()["Level"].clone();
    put_in_order(&mut schema, &readings.orders);
    let texts: Vec<&Value> = schema["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|member| &member["const"])
        .collect();
    assert_eq!(texts, ["low", "middle", "high"]);
    assert_eq!(schema["oneOf"][1]["description"], "In between.");
}

#[test]
fn a_key_deeper_inside_is_another_key() {
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Inner {
        note: bool,
    }
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Strict {
        inner: Inner,
        #[serde(deserialize_with = "Option::deserialize")]
        note: Option<bool>,
    }
    assert_eq!(kinds::<Strict>(), [UnreadKind::Required("note".into())]);
}

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code, reason = "only read")]
struct Both {
    value: bool,
    #[serde(flatten)]
    row: Row<bool>,
}

#[test]
fn a_rule_that_panics_hides_nothing_of_other_fields() {
    #[derive(Deserialize, JsonSchema)]
    #[serde(try_from = "bool")]
    struct Panicking;

    impl TryFrom<bool> for Panicking {
        type Error = String;

        fn try_from(_: bool) -> Result<Self, String> {
            panic!("the configuration is loaded at start-up")
        }
    }
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Beside {
        both: Both,
        panicking: Option<Row<Panicking>>,
    }
    assert_eq!(kinds::<Beside>(), [UnreadKind::KeyTwice("value".into())]);
}

#[test]
fn many_places_hide_none_of_those_before_them() {
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Wide<T> {
        a: Option<Row<T>>,
        b: Option<Row<T>>,
        c: Option<Row<T>>,
        d: Option<Row<T>>,
        e: Option<Row<T>>,
        f: Option<Row<T>>,
        g: Option<Row<T>>,
        h: Option<Row<T>>,
    }
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only read")]
    struct Large {
        both: Both,
        wide: Option<Wide<Wide<Wide<Wide<bool>>>>>,
    }
    assert_eq!(kinds::<Large>(), [UnreadKind::KeyTwice("value".into())]);
}
