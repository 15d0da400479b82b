//! Tries whether an input's reader takes what its JSON Schema promises.
//!
//! serde's derive keeps a part of what it reads in a buffer of its own: of untagged and internally tagged enums, of those
//! tagged beside whose content comes first, and of everything beside a flattened field. From there, it can't read all that it
//! reads elsewhere. The JSON Schema does not tell where that is so, and flattened fields leave no trace in it; so the places
//! in doubt are found in the JSON Schema, and small values are read there. It takes no part in serving.

mod sample;
mod trials;

use std::cell::Cell;
use std::panic;

use serde_json::{Map, Value, json};

use crate::description::{Unread, UnreadKind};
use crate::field_error::{ExpectedType, FieldCode, FieldErrors};
use crate::input::{Input, Reading};
use crate::resolve::has_endless_type;
use sample::Definitions;
use trials::{Suspicion, Trial, trials};

/// What can't be read of the fields of `I`, whose JSON Schema is `payload`.
pub(crate) fn unread<I: Input>(payload: &Value, definitions: &Map<String, Value>) -> Vec<Unread> {
    // Nothing can be read of these, however often serde tries. They get a finding of their own.
    if has_endless_type(payload, definitions) {
        return Vec::new();
    }
    let definitions = Definitions(definitions);
    let has_panicked = Cell::new(false);
    let read = |payload: Value| {
        // A rule of the application may count on what there is in a server only.
        let read = panic::catch_unwind(|| I::read(payload, Reading::Strict).err());
        has_panicked.set(has_panicked.get() || read.is_err());
        read.ok().flatten().unwrap_or_default()
    };
    let mut found = Vec::new();
    for (of, field, schema) in definitions.fields(payload) {
        for trial in trials(definitions, schema) {
            let errors = |value: &Value| {
                // Whether content is kept in a buffer may depend on whether it stands before its tag.
                let orders = [value.clone(), reversed(value)];
                let errors = orders.map(|value| errors_of(field, &read(json!({ field: value }))));
                errors.concat()
            };
            let kind = verdict(&trial, &errors);
            found.extend(kind.map(|kind| Unread {
                of: of.to_owned(),
                field: field.to_owned(),
                type_name: trial.type_name.clone(),
                kind,
            }));
        }
    }
    if has_panicked.get() {
        return Vec::new();
    }
    found.dedup();
    found
}

/// The same with the keys of all objects in the opposite order.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().rev();
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), reversed(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

/// What is wrong with a field and what is inside of it, by path.
type Errors = Vec<(String, FieldCode)>;

fn errors_of(field: &str, errors: &FieldErrors) -> Errors {
    let is_inside = |path: &str| {
        let rest = path.strip_prefix(field);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let own = errors.iter().filter(|(path, _)| is_inside(path));
    own.flat_map(|(path, errors)| {
        let each = errors.iter();
        each.map(move |error| (path.to_owned(), error.code().clone()))
    })
    .collect()
}

fn verdict(trial: &Trial, errors: &dyn Fn(&Value) -> Errors) -> Option<UnreadKind> {
    match trial.suspicion {
        Suspicion::Keys => unread_keys(trial, errors).then_some(UnreadKind::Keys),
        Suspicion::WideInteger => is_lost(trial, errors).then_some(UnreadKind::WideInteger),
        Suspicion::Whole => missing_key(trial, errors),
        Suspicion::OnlyTag => missing_key(trial, errors).or_else(|| {
            let wants_value = |(_, code): &(String, FieldCode)| {
                use FieldCode::{Choice, Format, Integer, Type};
                matches!(
                    code,
                    Type { .. } | Integer { .. } | Choice { .. } | Format { .. }
                )
            };
            let errors = errors(&trial.base);
            errors
                .iter()
                .any(wants_value)
                .then_some(UnreadKind::OnlyTag)
        }),
    }
}

/// A key that is said to be missing: an outer object has taken it, or the JSON Schema lets it be left out.
fn missing_key(trial: &Trial, errors: &dyn Fn(&Value) -> Errors) -> Option<UnreadKind> {
    let found = errors(&trial.base);
    let missing = found
        .iter()
        .find(|(_, code)| *code == FieldCode::Required)?;
    let (path, (_, key)) = (&missing.0, missing.0.rsplit_once('.')?);
    let mut values = Vec::new();
    values_of(&trial.base, key, &mut values);
    if values.is_empty() {
        // A rule of the user's may say the same of what is absent; it would say so of null too.
        let mut with_null = errors(&with_null_at(&trial.base, key)).into_iter();
        let still = with_null.any(|(other, code)| other == *path && code == FieldCode::Required);
        return (!still).then(|| UnreadKind::Required(key.to_owned()));
    }
    let is_empty = |value: &&Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    };
    // And of what is empty.
    let twice = !values.iter().all(is_empty);
    twice.then(|| UnreadKind::KeyTwice(key.to_owned()))
}

/// All values under a key, at any depth.
fn values_of<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get(key));
            entries
                .values()
                .for_each(|value| values_of(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| values_of(item, key, found)),
        _ => {}
    }
}

/// The value with null under the key in each object.
fn with_null_at(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(entries) => {
            let inner = entries.iter();
            let inner = inner.map(|(name, value)| (name.clone(), with_null_at(value, key)));
            let mut entries: Map<_, _> = inner.collect();
            entries.insert(key.to_owned(), Value::Null);
            Value::Object(entries)
        }
        Value::Array(items) => items.iter().map(|item| with_null_at(item, key)).collect(),
        other => other.clone(),
    }
}

const NOT_BOOLEAN: FieldCode = FieldCode::Type {
    expected: ExpectedType::Boolean,
};

fn unread_keys(trial: &Trial, errors: &dyn Fn(&Value) -> Errors) -> bool {
    if !errors(&trial.base).is_empty() {
        return false;
    }
    match trial.tried.as_slice() {
        // Any text may be a key of the type, as far as its JSON Schema tells.
        [(_, value)] => errors(value).iter().any(|(_, code)| *code == NOT_BOOLEAN),
        tried => {
            // An error with the key in its path is about the key's value.
            let is_key = |path: &str, key: &str| path.split(['.', '[']).any(|part| part == key);
            let is_refused = |(key, value): &(String, Value)| {
                errors(value).iter().any(|(path, _)| !is_key(path, key))
            };
            tried.iter().all(is_refused) || is_dropped(trial, errors)
        }
    }
}

/// Whether none of the values can be read, or each is dropped. A rule that one breaks shows that it was read.
fn is_lost(trial: &Trial, errors: &dyn Fn(&Value) -> Errors) -> bool {
    let is_unread = |(_, value): &(String, Value)| {
        let found = errors(value);
        !found.is_empty() && found.iter().all(|(_, code)| *code == FieldCode::Invalid)
    };
    trial.tried.iter().all(is_unread) || is_dropped(trial, errors)
}

/// Whether the place takes anything: a flattened `Option` becomes `None` where it can't be read.
fn is_dropped(trial: &Trial, errors: &dyn Fn(&Value) -> Errors) -> bool {
    let wrong = trial.wrong.as_ref();
    wrong.is_some_and(|wrong| errors(wrong).is_empty())
}

#[cfg(test)]
mod tests {
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
        let settings = SchemaSettings::draft2020_12().for_deserialize();
        let mut generator = settings.into_generator();
        let payload = generator.subschema_for::<Holder<T>>().to_value();
        let found = unread::<Holder<T>>(&payload, generator.definitions());
        found.into_iter().map(|unread| unread.kind).collect()
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
}
