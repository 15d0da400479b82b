//! Where a broken rule of garde stands, in the names that clients know.
//!
//! Garde names fields as Rust does, and knows neither the variant that a value is sent as nor that a newtype or a flattened
//! field is no level of its own. The shape and the value that was sent tell it.

use std::cell::Cell;

use serde_json::value::RawValue;

use super::super::json::Json;
use super::Known;
use super::candidate::Level;
use crate::contract::{Property, Shape};

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step<'p> {
    Field(&'p str),
    Index(usize),
}

/// Of garde's path inside of a field, such as `.long_name[0]`, what it is on the wire. What is not found stays as garde has it:
/// fields of nested types that are renamed one by one, and what `serde_json::Value` holds.
///
/// `budget` is what all errors of a field may cost together: what is beyond it stays as garde has it.
pub(super) fn on_wire(
    known: &Known,
    shape: &Shape,
    sent: &RawValue,
    (inside, budget): (&str, &Budget),
) -> String {
    let walk = Walk { known, budget };
    let found = walk.at(shape, sent, &steps(inside));
    // What was found after something else could not be looked at any more may be the wrong place.
    let found = found.filter(|_| !budget.is_used_up());
    found.unwrap_or_else(|| inside.to_owned())
}

/// Work that may be done for the errors of a field, in bytes that are looked at. A place that is not found is looked for in
/// others, so that what it costs does not follow from what was sent.
#[derive(Debug)]
pub(in crate::input) struct Budget(Cell<usize>);

impl Budget {
    /// What one visit costs besides what it reads.
    const VISIT: usize = 64;

    /// Enough to read a value a few times.
    pub(in crate::input) fn of(sent: &RawValue) -> Self {
        Self(Cell::new(
            sent.get()
                .len()
                .saturating_mul(4)
                .saturating_add(256 * 1024),
        ))
    }

    fn is_used_up(&self) -> bool {
        self.0.get() == 0
    }

    /// Takes what a visit costs that reads a value; nothing if there is no more.
    fn spend(&self, read: &RawValue) -> Option<()> {
        let cost = read.get().len() + Self::VISIT;
        let left = self.0.get().checked_sub(cost).filter(|left| *left > 0);
        self.0.set(left.unwrap_or(0));
        left.map(drop)
    }
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let parts = path.split('.').flat_map(|part| part.split_inclusive(']'));
    let step = |part| match index_of(part) {
        Some((name, index)) => [Some(Step::Field(name)), Some(Step::Index(index))],
        None => [Some(Step::Field(part)), None],
    };
    let steps = parts.flat_map(step).flatten();
    steps.filter(|step| *step != Step::Field("")).collect()
}

/// Of `name[3]`, the name and the index.
fn index_of(part: &str) -> Option<(&str, usize)> {
    let (name, index) = part.strip_suffix(']')?.rsplit_once('[')?;
    Some((name, index.parse().ok()?))
}

struct Walk<'k> {
    known: &'k Known,
    budget: &'k Budget,
}

impl Walk<'_> {
    /// The path of what the steps lead to, if they lead anywhere in this shape of what was sent.
    fn at(&self, shape: &Shape, sent: &RawValue, steps: &[Step<'_>]) -> Option<String> {
        self.budget.spend(sent)?;
        let Some((step, rest)) = steps.split_first() else {
            return Some(String::new());
        };
        match shape {
            Shape::Named(name) => self.at(self.known.named.get(name)?, sent, steps),
            Shape::Checked(inner, _) => self.at(inner, sent, steps),
            Shape::Union(parts) => {
                let level = Level::of(sent);
                let mut could_be = parts.iter().filter(|part| level.could_be(self.known, part));
                could_be.find_map(|part| self.in_choice(part, sent, steps))
            }
            Shape::Intersection(parts) => parts.iter().find_map(|part| self.at(part, sent, steps)),
            Shape::Object(properties) | Shape::Open(properties, _) => {
                let named = self.in_object(properties, sent, steps);
                named.or_else(|| self.in_other(shape, properties, sent, rest))
            }
            Shape::Map(value) => match step {
                Step::Field(key) => self.in_entry(value, sent, key, rest),
                Step::Index(_) => self.at(shape, sent, newtype(steps)?),
            },
            Shape::List(item) => match step {
                Step::Index(index) => self
                    .in_item(item, sent, *index, rest)
                    // The list of a newtype.
                    .or_else(|| self.at(shape, sent, newtype(steps)?)),
                Step::Field(_) => None,
            },
            Shape::Tuple(places) => match step {
                Step::Index(index) => self.in_item(places.get(*index)?, sent, *index, rest),
                Step::Field(_) => None,
            },
            // The field of a newtype is on the wire what it holds.
            _ => self.at(shape, sent, newtype(steps)?),
        }
    }

    /// Within one choice of an enum, what it holds stands under the name of the choice, or under the key for content.
    fn in_choice(&self, shape: &Shape, sent: &RawValue, steps: &[Step<'_>]) -> Option<String> {
        let content = content(shape);
        let direct = self.at(shape, sent, steps);
        direct.or_else(|| {
            let content = content?;
            let inside = value_of(sent, &content.name)?;
            // What the choice holds is its first field, to Rust.
            let path = self.at(&content.shape, inside, steps)?;
            Some(format!(".{}{path}", content.name))
        })
    }

    fn in_object(
        &self,
        properties: &[Property],
        sent: &RawValue,
        steps: &[Step<'_>],
    ) -> Option<String> {
        let (Step::Field(field), rest) = steps.split_first()? else {
            return None;
        };
        let property = property(properties, field)?;
        let path = match value_of(sent, &property.name) {
            Some(value) => self.at(&property.shape, value, rest)?,
            None if rest.is_empty() => String::new(),
            None => return None,
        };
        Some(format!(".{}{path}", property.name))
    }

    /// Where the rest of a path leads behind a name that no property has: the field of a newtype, what is flattened into this
    /// object, or a field that is renamed. Not if it could be in two places.
    fn in_other(
        &self,
        shape: &Shape,
        properties: &[Property],
        sent: &RawValue,
        rest: &[Step<'_>],
    ) -> Option<String> {
        if rest.is_empty() {
            return None;
        }
        let renamed = properties.iter().filter_map(|property| {
            let value = value_of(sent, &property.name)?;
            let path = self.at(&property.shape, value, rest)?;
            Some(format!(".{}{path}", property.name))
        });
        let mut found = self.at(shape, sent, rest).into_iter().chain(renamed);
        found.next().filter(|_| found.next().is_none())
    }

    fn in_entry(
        &self,
        shape: &Shape,
        sent: &RawValue,
        key: &str,
        rest: &[Step<'_>],
    ) -> Option<String> {
        let path = self.at(shape, value_of(sent, key)?, rest)?;
        Some(format!(".{key}{path}"))
    }

    fn in_item(
        &self,
        shape: &Shape,
        sent: &RawValue,
        index: usize,
        rest: &[Step<'_>],
    ) -> Option<String> {
        let Json::List(mut items) = Json::of(sent) else {
            return None;
        };
        let path = self.at(shape, items.nth(index)?, rest)?;
        Some(format!("[{index}]{path}"))
    }
}

/// The path behind the only field of a newtype, which is no level of what is sent.
fn newtype<'s, 'p>(steps: &'s [Step<'p>]) -> Option<&'s [Step<'p>]> {
    match steps {
        [Step::Index(0), rest @ ..] => Some(rest),
        _ => None,
    }
}

/// What a choice of an enum holds, where that stands under a key of its own.
fn content(choice: &Shape) -> Option<&Property> {
    match choice {
        Shape::Checked(inner, _) => content(inner),
        Shape::Object(properties) => {
            let is_tag = |property: &&Property| matches!(property.shape, Shape::Literal(_));
            let mut held = properties.iter().filter(|property| !is_tag(property));
            held.next().filter(|_| held.next().is_none())
        }
        _ => None,
    }
}

/// The property that a field of Rust is sent as: by its own name, or by that of a style.
fn property<'k>(properties: &'k [Property], field: &str) -> Option<&'k Property> {
    let own = field.strip_prefix("r#").unwrap_or(field);
    let named = properties.iter().find(|property| property.name == own);
    named.or_else(|| {
        let mut alike = properties
            .iter()
            .filter(|property| letters(&property.name).eq(letters(own)));
        alike.next().filter(|_| alike.next().is_none())
    })
}

/// What the styles of `rename_all` keep of a name.
fn letters(name: &str) -> impl Iterator<Item = char> {
    let kept = name.chars().filter(|char| !matches!(char, '_' | '-'));
    kept.flat_map(char::to_lowercase)
}

fn value_of<'v>(sent: &'v RawValue, key: &str) -> Option<&'v RawValue> {
    match Json::of(sent) {
        Json::Object(entries) => entries.find(key),
        _ => None,
    }
}
