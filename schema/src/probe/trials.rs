//! What is to be tried of a type: values that its JSON Schema allows, at places where serde's derive is known to differ.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;

use serde_json::{Map, Value, json};

use super::choices;
use super::notes::Note;
use super::sample::{Definitions, Part, is_null, merged};
use super::trial::{Suspicion, Trial};
use super::violations::violations;

/// More values than this are tried of no field.
const MOST: usize = 2_000;

/// At more places than this of a field, rules are not tried.
const MOST_RULES: usize = 200;

/// More places than these are looked at in no field: types that mention each other lead to more than can be counted.
const MOST_PLACES: usize = 20_000;

/// Keys of numbers of all kinds; `0` is none of a `NonZero`, and the others are small enough for an `i8`.
const NUMBERS: [&str; 3] = ["1", "0", "100"];

/// What is no value of any type that has a code: neither digits, nor a character, nor a choice.
pub(super) const NONE: &str = "??";

/// A part of a JSON Schema, by where it stands in memory.
type Node = *const Map<String, Value>;

/// What was learnt of each part, and of maps a key that they may have.
pub(super) type Learnt = BTreeMap<Node, (Note, Option<String>)>;

/// Everything to try of a type that teaches nothing.
pub(super) fn trials<'a>(
    definitions: Definitions<'a>,
    schema: &'a Value,
    learnt: &Learnt,
) -> Vec<Trial<'a>> {
    let mut met = BTreeSet::new();
    Walk::new(definitions, learnt, &mut met, false).schema(schema)
}

/// What teaches something of a type. Parts that were `met` already are left out; what is in a map comes when that was met, so
/// that a key of it is known by then.
pub(super) fn lessons<'a>(
    definitions: Definitions<'a>,
    schema: &'a Value,
    learnt: &Learnt,
    met: &mut BTreeSet<Node>,
) -> Vec<Trial<'a>> {
    Walk::new(definitions, learnt, met, true).schema(schema)
}

struct Walk<'a, 'l> {
    definitions: Definitions<'a>,
    learnt: &'l Learnt,
    /// The parts that teach something and were met.
    met: &'l mut BTreeSet<Node>,
    /// Whether only what teaches something is wanted, or only the rest.
    learns: bool,
    /// The named types around the place.
    within: Vec<&'a str>,
    budget: usize,
    /// At how many more places rules are tried. There are more of them than of other doubts.
    rules_left: usize,
    /// Whether the place is in one of several choices: what breaks the rules of one may be another.
    in_choice: bool,
    places_left: usize,
}

/// The schema of the values of what may be a map whose keys are the names of an enum: schemars knows those, but neither the other
/// names that they have nor that they are keys.
fn entry_of_choices(keywords: &Map<String, Value>) -> Option<&Value> {
    let is_closed = keywords.get("additionalProperties") == Some(&Value::Bool(false));
    let has_required = keywords.contains_key("required");
    let mut properties = keywords.get("properties")?.as_object()?.values();
    let first = properties.next()?;
    let is_entry = is_closed && !has_required && properties.all(|other| other == first);
    is_entry.then_some(first)
}

impl<'a, 'l> Walk<'a, 'l> {
    fn new(
        definitions: Definitions<'a>,
        learnt: &'l Learnt,
        met: &'l mut BTreeSet<Node>,
        learns: bool,
    ) -> Self {
        Self {
            definitions,
            learnt,
            met,
            learns,
            within: Vec::new(),
            budget: MOST,
            rules_left: MOST_RULES,
            in_choice: false,
            places_left: MOST_PLACES,
        }
    }

    fn schema(&mut self, schema: &'a Value) -> Vec<Trial<'a>> {
        let Some(left) = self.places_left.checked_sub(1) else {
            return Vec::new();
        };
        self.places_left = left;
        let parts = self.definitions.parts(schema);
        let mut found = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let trials = self.part(*part);
            if trials.is_empty() {
                continue;
            }
            let others: Vec<Part<'_>> = parts
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, part)| *part)
                .collect();
            let Some(beside) = self.definitions.sample_of_all(&others) else {
                continue;
            };
            let wrap = |value: Value| merged(value, beside.clone());
            found.extend(trials.into_iter().map(|trial| trial.wrapped(&wrap)));
        }
        found
    }

    fn part(&mut self, part: Part<'a>) -> Vec<Trial<'a>> {
        match part {
            Part::Named(name, _) if self.within.contains(&name) => Vec::new(),
            Part::Named(name, schema) => {
                self.within.push(name);
                let found = self.schema(schema);
                self.within.pop();
                found
            }
            Part::Choice(members) => {
                let mut found = Vec::new();
                found.extend(self.order(members));
                let is_outer = self.in_choice;
                let others = members.iter().filter(|member| !is_null(member));
                self.in_choice |= others.clone().count() > 1;
                for member in others {
                    found.extend(self.whole(member));
                    found.extend(self.schema(member));
                }
                self.in_choice = is_outer;
                found
            }
            Part::Own(keywords) => self.own(keywords),
            Part::Other(schema) => self.schema(schema),
        }
    }

    /// A trial of the place; nothing if there were too many.
    fn trial(&mut self, suspicion: Suspicion, base: Value) -> Option<Trial<'a>> {
        if self.learns {
            return None;
        }
        self.budget = self.budget.checked_sub(1)?;
        Some(self.new_trial(suspicion, base))
    }

    /// A trial that teaches something of a part of a JSON Schema: `own` can't be read there.
    fn lesson(
        &mut self,
        suspicion: Suspicion,
        node: &'a Map<String, Value>,
        own: Value,
    ) -> Option<Trial<'a>> {
        if !(self.learns && self.met.insert(node)) {
            return None;
        }
        self.budget = self.budget.checked_sub(1)?;
        let trial = self.new_trial(suspicion, own);
        Some(Trial {
            node: Some(node),
            ..trial
        })
    }

    fn new_trial(&self, suspicion: Suspicion, base: Value) -> Trial<'a> {
        Trial {
            own: base.clone(),
            node: None,
            suspicion,
            type_name: (*self.within.last().unwrap_or(&"")).to_owned(),
            path: String::new(),
            keys: Vec::new(),
            base,
            tried: Vec::new(),
            wrong: None,
        }
    }

    fn order(&mut self, members: &[Value]) -> Option<Trial<'a>> {
        let texts = choices::disordered(members)?;
        self.trial(Suspicion::Order, choices::other_than(&texts))
    }

    fn whole(&mut self, schema: &Value) -> Option<Trial<'a>> {
        let sample = self.definitions.sample(schema)?;
        let properties = schema.get("properties").and_then(Value::as_object);
        let is_tag = |property: &Value| property.get("const").is_some();
        let only_tag = properties.is_some_and(|all| all.len() == 1 && all.values().all(is_tag));
        let suspicion = match only_tag {
            true => Suspicion::OnlyTag,
            false => Suspicion::Whole,
        };
        let mut trial = self.trial(suspicion, sample)?;
        trial.keys = self.definitions.keys(schema);
        Some(trial)
    }

    fn own(&mut self, keywords: &'a Map<String, Value>) -> Vec<Trial<'a>> {
        let rules = self.rules(keywords);
        let inside = self.inside(keywords);
        rules.into_iter().chain(inside).collect()
    }

    /// Values that break the rules of the place.
    fn rules(&mut self, keywords: &'a Map<String, Value>) -> Option<Trial<'a>> {
        if self.learns || self.in_choice || self.rules_left == 0 {
            return None;
        }
        let items = keywords.get("items");
        let item = items.and_then(|items| self.definitions.sample(items));
        let base = self.definitions.sample_of_all(&[Part::Own(keywords)])?;
        let tried = violations(keywords, item.as_ref(), &base).into_iter();
        let tried: Vec<_> = tried.map(|value| (String::new(), value)).collect();
        if tried.is_empty() {
            return None;
        }
        self.rules_left -= 1;
        let trial = self.new_trial(Suspicion::Rules, base);
        let wrong = Some(match items {
            Some(_) => json!(true),
            None => json!([[]]),
        });
        Some(Trial {
            tried,
            wrong,
            ..trial
        })
    }

    fn inside(&mut self, keywords: &'a Map<String, Value>) -> Vec<Trial<'a>> {
        let format = keywords.get("format").and_then(Value::as_str);
        if let Some("digits" | "bigint") = format {
            let lesson = self.lesson(Suspicion::Digits, keywords, json!(NONE));
            return lesson.into_iter().collect();
        }
        let has_length = ["minLength", "maxLength"].map(|key| keywords.contains_key(key));
        if format.is_none() && has_length.contains(&true) {
            let lesson = self.lesson(Suspicion::Length, keywords, json!(NONE));
            return lesson.into_iter().collect();
        }
        if let Some("int128" | "uint128") = format {
            let trial = self.trial(Suspicion::WideInteger, json!(1));
            return trial
                .into_iter()
                .map(|trial| Trial {
                    tried: [1, 0, 100].map(|n| (String::new(), json!(n))).into(),
                    wrong: Some(json!("a")),
                    ..trial
                })
                .collect();
        }
        if let Some(items) = keywords.get("items") {
            let item = self.schema(items).into_iter();
            return item
                .map(|one| one.at("[0]", &|value| json!([value])))
                .collect();
        }
        match keywords.get("prefixItems").and_then(Value::as_array) {
            Some(places) => self.tuple(places),
            None => self.object(keywords),
        }
    }

    fn tuple(&mut self, places: &'a [Value]) -> Vec<Trial<'a>> {
        let samples = places.iter().map(|place| self.definitions.sample(place));
        let Some(samples) = samples.collect::<Option<Vec<Value>>>() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, place) in places.iter().enumerate() {
            let wrap = |value: Value| {
                let mut list = samples.clone();
                list[index] = value;
                Value::Array(list)
            };
            let trials = self.schema(place).into_iter();
            found.extend(trials.map(|trial| trial.at(&format!("[{index}]"), &wrap)));
        }
        found
    }

    fn object(&mut self, keywords: &'a Map<String, Value>) -> Vec<Trial<'a>> {
        let own = Value::Object(keywords.clone());
        let without_choices = [Part::Own(keywords)];
        let Some(sample) = self.definitions.sample_of_all(&without_choices) else {
            return Vec::new();
        };
        let with = |key: &str, value: Value| merged(sample.clone(), json!({ key: value }));
        let mut found = Vec::new();
        let properties = keywords.get("properties").and_then(Value::as_object);
        if let Some(property) = entry_of_choices(keywords)
            && let Some(value) = self.definitions.sample(property)
        {
            found.extend(self.lesson(Suspicion::KeyForm, keywords, with(NONE, value)));
        }
        for (key, property) in properties.into_iter().flatten() {
            let trials = self.schema(property).into_iter();
            let place = format!(".{key}");
            found.extend(trials.map(|one| one.at(&place, &|value| with(key, value))));
        }
        if properties.is_some_and(|properties| !properties.is_empty()) {
            found.extend(self.whole(&own));
        }
        found.extend(self.map(keywords, &sample));
        found
    }

    /// What is to be tried of the keys that an object may have besides those that it names.
    fn map(&mut self, keywords: &'a Map<String, Value>, sample: &Value) -> Vec<Trial<'a>> {
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        let numbered = patterns.and_then(|patterns| {
            let mut numbers = patterns.iter();
            numbers.find(|(pattern, _)| pattern.contains(r"\d"))
        });
        let rest = keywords.get("additionalProperties");
        let rest = rest.filter(|rest| rest.is_object());
        let (keys, schema): (&[&str], _) = match (numbered, rest) {
            (Some((_, schema)), _) => (&NUMBERS, schema),
            // Nothing tells keys that are truth values from text.
            (None, Some(schema)) => (&["true"], schema),
            (None, None) => return Vec::new(),
        };
        let with = |key: &str, value: Value| merged(sample.clone(), json!({ key: value }));
        let sample_value = self.definitions.sample(schema);
        let lesson = sample_value
            .as_ref()
            .and_then(|value| self.lesson(Suspicion::KeyForm, keywords, with(NONE, value.clone())));
        if let Some(lesson) = lesson {
            return vec![lesson];
        }
        let learnt = self.learnt.get(&ptr::from_ref(keywords));
        let known = learnt.and_then(|(_, key)| key.as_deref());
        let first = known.unwrap_or(keys[0]);
        let place = format!(".{first}");
        let inside = self.schema(schema).into_iter();
        let mut found: Vec<Trial<'a>> = inside
            .map(|one| one.at(&place, &|value| with(first, value)))
            .collect();
        let Some(value) = sample_value else {
            return found;
        };
        if let Some(mut own) = self.trial(Suspicion::Keys, sample.clone()) {
            let tried = keys
                .iter()
                .map(|key| ((*key).to_owned(), with(key, value.clone())));
            own.tried = tried.collect();
            // Neither a map nor a value of one.
            own.wrong = numbered.map(|_| match keywords.contains_key("properties") {
                true => with("1", json!([{ "": [] }])),
                false => json!(1),
            });
            found.push(own);
        }
        found
    }
}
