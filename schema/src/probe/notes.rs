//! What JSON Schemas do not tell of values, and how it gets into them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::choices;
use crate::field_code::FieldCode;

/// What was learnt of a part of a JSON Schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The named type.
    pub(super) definition: String,
    /// The place in its JSON Schema, as a JSON pointer.
    pub(super) pointer: String,
    pub(super) keyword: &'static str,
    pub(super) value: Value,
}

/// Writes notes into the JSON Schemas of named types of inputs, and of those types of what is sent that are the same: both
/// stay one type. Where inputs say different things of one place, nothing is noted.
pub(crate) fn write_notes(
    input: &mut Map<String, Value>,
    output: &mut Map<String, Value>,
    notes: &[Note],
) {
    let is_same = |name: &&String| output.get(*name) == input.get(*name);
    let same: BTreeSet<String> = input.keys().filter(is_same).cloned().collect();
    let sent = texts_of_enums(output);
    for note in agreed(notes) {
        let is_sent = same.contains(&note.definition);
        if is_sent && note.has_other_names(output, &sent) {
            continue;
        }
        note.write(input);
        if is_sent {
            note.write(output);
        }
    }
}

/// One note of each place of which all say the same.
fn agreed(notes: &[Note]) -> impl Iterator<Item = &Note> {
    let mut by_place: BTreeMap<_, Option<&Note>> = BTreeMap::new();
    for note in notes {
        let place = (&note.definition, &note.pointer, note.keyword);
        let agreed = by_place.entry(place).or_insert(Some(note));
        *agreed = agreed.filter(|other| other.value == note.value);
    }
    by_place.into_values().flatten()
}

/// The texts of each named type that is nothing but texts.
fn texts_of_enums(definitions: &Map<String, Value>) -> Vec<BTreeSet<String>> {
    let texts = |schema: &Value| -> Option<BTreeSet<String>> {
        let members = match schema.get("oneOf") {
            Some(members) => members.as_array()?.as_slice(),
            None => std::slice::from_ref(schema),
        };
        let texts = members.iter().map(choices::texts_of);
        let texts = texts.collect::<Option<Vec<_>>>()?;
        Some(texts.concat().into_iter().map(str::to_owned).collect())
    };
    definitions.values().filter_map(texts).collect()
}

impl Note {
    fn write(&self, definitions: &mut Map<String, Value>) {
        let definition = definitions.get_mut(&self.definition);
        let place = definition.and_then(|definition| definition.pointer_mut(&self.pointer));
        if let Some(Value::Object(keywords)) = place {
            keywords.insert(self.keyword.to_owned(), self.value.clone());
        }
    }

    /// Whether what is sent may have keys by other names, which the type would then not allow. `enums` are the names of those
    /// that are sent.
    fn has_other_names(&self, output: &Map<String, Value>, enums: &[BTreeSet<String>]) -> bool {
        let Some(options) = self.options() else {
            return false;
        };
        let is_known = |names: &BTreeSet<String>| options.is_superset(names);
        let definition = output.get(&self.definition);
        let place = definition.and_then(|definition| definition.pointer(&self.pointer));
        let own = place.and_then(|place| place.get("properties")?.as_object());
        match own {
            Some(own) => !is_known(&own.keys().cloned().collect()),
            None => !enums.iter().any(is_known),
        }
    }

    /// The names that keys may have, if they are those of an enum.
    fn options(&self) -> Option<BTreeSet<String>> {
        let codes: Vec<FieldCode> = serde_json::from_value(self.value.clone()).ok()?;
        codes.into_iter().find_map(|code| match code {
            // Of a truth value, all servers write the same.
            FieldCode::Choice { options } if options != ["true", "false"] => {
                Some(options.into_iter().collect())
            }
            _ => None,
        })
    }
}
