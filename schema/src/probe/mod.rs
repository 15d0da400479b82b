//! Tries whether an input's reader takes what its JSON Schema promises.
//!
//! serde's derive keeps a part of what it reads in a buffer of its own: of untagged and internally tagged enums, of those
//! tagged beside whose content comes first, and of everything beside a flattened field. From there, it can't read all that it
//! reads elsewhere. The JSON Schema does not tell where that is so, and flattened fields leave no trace in it; so the places
//! in doubt are found in the JSON Schema, and small values are read there. It takes no part in serving.

mod choices;
mod learn;
mod notes;
mod sample;
mod trial;
mod trials;
mod values;
mod violations;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::{panic, ptr};

use serde_json::{Map, Value, json};

use crate::description::{Unread, UnreadKind};
use crate::field_code::{ExpectedType, FieldCode};
use crate::field_error::FieldErrors;
use crate::input::{Input, Reading};
use crate::resolve::has_endless_type;
use sample::{Definitions, samples};
use trial::{Suspicion, Trial};
use trials::{Learnt, lessons, trials};
use values::{reversed, values_of, with_null_at};

pub(crate) use choices::{Order, put_in_order};
use learn::learn;
pub(crate) use notes::{Note, write_notes};

/// What reading has shown of an input.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// What can't be read.
    pub(crate) unread: Vec<Unread>,
    /// The orders of enums whose JSON Schemas have another.
    pub(crate) orders: Vec<Order>,
    /// What the JSON Schemas do not tell of values.
    pub(crate) notes: Vec<Note>,
}

/// Reads values of an input.
struct Reader {
    read: fn(Value) -> Option<FieldErrors>,
    has_panicked: Cell<bool>,
}

impl Reader {
    fn of<I: Input>() -> Self {
        Self {
            read: |payload| I::read(payload, Reading::Strict).err(),
            has_panicked: Cell::new(false),
        }
    }

    /// What is wrong with a value of a field.
    fn errors(&self, field: &str, value: &Value) -> Errors {
        // A rule of the application may count on what there is in a server only. Then nothing is proven.
        let read = self.read;
        let read = panic::catch_unwind(|| read(json!({ field: value })));
        self.has_panicked
            .set(self.has_panicked.get() || read.is_err());
        errors_of(field, &read.ok().flatten().unwrap_or_default())
    }

    /// What is found by reading, unless something panics there.
    fn proven<T>(&self, find: impl FnOnce() -> Option<T>) -> Option<T> {
        self.has_panicked.set(false);
        find().filter(|_| !self.has_panicked.get())
    }
}

/// What the fields of `I`, whose JSON Schema is `payload`, teach of its types.
pub(crate) fn try_learning<I: Input>(payload: &Value, schemas: &Map<String, Value>) -> Vec<Note> {
    // Nothing can be read of these, however often serde tries. They get a finding of their own.
    if has_endless_type(payload, schemas) {
        return Vec::new();
    }
    let samples = samples(payload, schemas);
    let definitions = Definitions::new(schemas, &samples);
    let reader = Reader::of::<I>();
    let mut learnt = Learnt::new();
    for field in definitions.fields(payload) {
        learn_of_field(definitions, field, &reader, &mut learnt);
    }
    notes_in(learnt)
}

/// What can be read of the fields of `I`, whose JSON Schema is `payload`, and what they teach of its types.
pub(crate) fn try_reading<I: Input>(payload: &Value, schemas: &Map<String, Value>) -> Readings {
    if has_endless_type(payload, schemas) {
        return Readings::default();
    }
    let samples = samples(payload, schemas);
    let definitions = Definitions::new(schemas, &samples);
    let reader = Reader::of::<I>();
    let (mut found, mut orders, mut learnt) = (Vec::new(), Vec::new(), Learnt::new());
    for (of, field, schema) in definitions.fields(payload) {
        learn_of_field(definitions, (of, field, schema), &reader, &mut learnt);
        let errors = |value: &Value| {
            // Whether content is kept in a buffer may depend on whether it stands before its tag.
            let orders = [value, &reversed(value)];
            orders.map(|value| reader.errors(field, value)).concat()
        };
        for trial in trials(definitions, schema, &learnt) {
            if trial.suspicion == Suspicion::Order {
                orders.extend(order(&errors(&trial.base)));
                continue;
            }
            let place = format!("{field}{}", trial.path);
            let verdict = reader.proven(|| verdict(&trial, &place, &errors));
            found.extend(verdict.map(|verdict| {
                let unread = Unread {
                    of: of.to_owned(),
                    field: field.to_owned(),
                    type_name: match verdict.is_here {
                        true => trial.type_name.clone(),
                        false => String::new(),
                    },
                    kind: verdict.kind.clone(),
                };
                (verdict, unread)
            }));
        }
    }
    Readings {
        unread: blamed(found),
        orders,
        notes: notes_in(learnt),
    }
}

/// Adds what a field teaches: `of` is the name of its type, and `field` its key.
fn learn_of_field<'a>(
    definitions: Definitions<'a>,
    (of, field, schema): (&str, &str, &'a Value),
    reader: &Reader,
    learnt: &mut Learnt,
) {
    let errors = |value: &Value| reader.errors(field, value);
    let mut met = learnt.keys().copied().collect();
    loop {
        let lessons = lessons(definitions, schema, learnt, &mut met);
        if lessons.is_empty() {
            return;
        }
        for lesson in lessons {
            let place = format!("{field}{}", lesson.path);
            let found = reader.proven(|| learn(&lesson, (of, &place), &errors, definitions));
            learnt.extend(found.and_then(|found| Some((ptr::from_ref(lesson.node?), found))));
        }
    }
}

fn notes_in(learnt: Learnt) -> Vec<Note> {
    learnt.into_values().map(|(note, _)| note).collect()
}

/// What was found, but for errors of which another trial has shown the place.
fn blamed(found: Vec<(Verdict, Unread)>) -> Vec<Unread> {
    let here = found.iter().filter(|(verdict, _)| verdict.is_here);
    let known: BTreeSet<String> = here.map(|(verdict, _)| verdict.path.clone()).collect();
    let is_blamed = |verdict: &Verdict| verdict.is_here || !known.contains(&verdict.path);
    let found = found.into_iter().filter(|(verdict, _)| is_blamed(verdict));
    let mut unread: Vec<Unread> = found.map(|(_, unread)| unread).collect();
    unread.dedup();
    unread
}

/// The choices that an error names.
fn order(errors: &Errors) -> Option<Order> {
    errors.iter().find_map(|(_, code)| match code {
        FieldCode::Choice { options } => Some(options.clone()),
        _ => None,
    })
}

/// What is wrong with a field and what is inside of it, by path.
type Errors = Vec<(String, FieldCode)>;

fn errors_of(field: &str, errors: &FieldErrors) -> Errors {
    let own = errors.iter().filter(|(path, _)| is_within(path, field));
    own.flat_map(|(path, errors)| {
        let each = errors.iter();
        each.map(move |error| (path.to_owned(), error.code().clone()))
    })
    .collect()
}

/// What a trial has shown.
struct Verdict {
    kind: UnreadKind,
    /// The path of the error.
    path: String,
    /// Whether it is the trial's own place that can't be read. Within a buffer, serde does not tell which it is.
    is_here: bool,
}

fn verdict(trial: &Trial<'_>, place: &str, errors: &dyn Fn(&Value) -> Errors) -> Option<Verdict> {
    let here = |kind: UnreadKind| Verdict {
        kind,
        path: place.to_owned(),
        is_here: true,
    };
    match trial.suspicion {
        Suspicion::Keys if are_no_text(trial, errors) => Some(here(UnreadKind::KeysWithoutText)),
        Suspicion::Keys => unread_keys(trial, errors).then(|| here(UnreadKind::Keys)),
        Suspicion::WideInteger => is_lost(trial, errors).then(|| here(UnreadKind::WideInteger)),
        Suspicion::Whole => missing_key(trial, place, errors),
        Suspicion::Rules => is_unchecked(trial, errors).then(|| here(UnreadKind::Unchecked)),
        // No doubt that it can be read.
        Suspicion::Order | Suspicion::KeyForm | Suspicion::Digits | Suspicion::Length => None,
        Suspicion::OnlyTag => {
            missing_key(trial, place, errors).or_else(|| only_tag(trial, place, errors))
        }
    }
}

fn only_tag(trial: &Trial<'_>, place: &str, errors: &dyn Fn(&Value) -> Errors) -> Option<Verdict> {
    use FieldCode::{Choice, Format, Integer, Type};
    let wants_value = |code: &FieldCode| {
        matches!(
            code,
            Type { .. } | Integer { .. } | Choice { .. } | Format { .. }
        )
    };
    let found = errors(&trial.base);
    let mut own = found.iter().filter(|(_, code)| wants_value(code));
    let (path, _) = own.find(|(path, _)| is_within(place, path))?;
    Some(Verdict {
        kind: UnreadKind::OnlyTag,
        path: path.clone(),
        is_here: path == place,
    })
}

/// Whether a path leads to the place or to what it is in.
fn is_within(place: &str, path: &str) -> bool {
    let rest = place.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A key that is said to be missing: an outer object has taken it, or the JSON Schema lets it be left out.
fn missing_key(
    trial: &Trial<'_>,
    place: &str,
    errors: &dyn Fn(&Value) -> Errors,
) -> Option<Verdict> {
    let found = errors(&trial.base);
    let missing = found
        .iter()
        .filter(|(_, code)| *code == FieldCode::Required)
        .filter_map(|(path, _)| path.rsplit_once('.').map(|(owner, key)| (path, owner, key)));
    let (path, owner, key) = missing
        .into_iter()
        .find(|(_, owner, _)| is_within(place, owner))?;
    let is_here = owner == place && trial.keys.iter().any(|own| own == key);
    let verdict = |kind: UnreadKind| Verdict {
        kind,
        path: path.clone(),
        is_here,
    };
    let mut values = Vec::new();
    match is_here {
        true => values.extend(trial.own.get(key)),
        false => values_of(&trial.base, key, &mut values),
    }
    if values.is_empty() {
        // A rule of the user's may say the same of what is absent; it would say so of null too.
        let mut with_null = errors(&with_null_at(&trial.base, key)).into_iter();
        let still = with_null.any(|(other, code)| other == *path && code == FieldCode::Required);
        return (!still).then(|| verdict(UnreadKind::Required(key.to_owned())));
    }
    let is_empty = |value: &&Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    };
    // And of what is empty.
    let twice = !values.iter().all(is_empty);
    twice.then(|| verdict(UnreadKind::KeyTwice(key.to_owned())))
}

const NOT_BOOLEAN: FieldCode = FieldCode::Type {
    expected: ExpectedType::Boolean,
};

/// Whether keys would have to be lists or objects.
fn are_no_text(trial: &Trial<'_>, errors: &dyn Fn(&Value) -> Errors) -> bool {
    use ExpectedType::{List, Object, Tuple};
    let is_structured = |code: &FieldCode| {
        matches!(
            code,
            FieldCode::Type {
                expected: List | Object | Tuple
            }
        )
    };
    trial.tried.iter().any(|(key, value)| {
        let ending = format!(".{key}");
        let found = errors(value).into_iter();
        let mut of_entry = found.filter(|(path, _)| path.ends_with(&ending));
        of_entry.any(|(_, code)| is_structured(&code))
    })
}

fn unread_keys(trial: &Trial<'_>, errors: &dyn Fn(&Value) -> Errors) -> bool {
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
fn is_lost(trial: &Trial<'_>, errors: &dyn Fn(&Value) -> Errors) -> bool {
    let is_unread = |(_, value): &(String, Value)| {
        let found = errors(value);
        !found.is_empty() && found.iter().all(|(_, code)| *code == FieldCode::Invalid)
    };
    trial.tried.iter().all(is_unread) || is_dropped(trial, errors)
}

/// Whether a value is taken that breaks a rule of the JSON Schema. Of the rules of the field itself, the macros know which they
/// are.
fn is_unchecked(trial: &Trial<'_>, errors: &dyn Fn(&Value) -> Errors) -> bool {
    // Values elsewhere may break rules, for which samples are not made: rules are checked when all could be read. Where an error
    // stands does not matter, since garde has names of its own.
    let base = errors(&trial.base);
    let is_in_doubt = !trial.path.is_empty() && base.iter().all(|(_, code)| code.is_of_rule());
    let is_taken = |value: &Value| errors(value).iter().all(|error| base.contains(error));
    let mut tried = trial.tried.iter();
    is_in_doubt && tried.any(|(_, value)| is_taken(value)) && !is_dropped(trial, errors)
}

/// Whether the place takes anything: a flattened `Option` becomes `None` where it can't be read.
fn is_dropped(trial: &Trial<'_>, errors: &dyn Fn(&Value) -> Errors) -> bool {
    let wrong = trial.wrong.as_ref();
    wrong.is_some_and(|wrong| errors(wrong).is_empty())
}

#[cfg(test)]
mod tests;
