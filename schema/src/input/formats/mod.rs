//! What clients know of an input, on the side of the server: the shapes that TypeScript and zod are made of.
//!
//! serde knows the types of an input, and their parsers take more forms than clients are promised. So the texts of a field
//! are checked by its shape before serde reads it, wherever they stand in it, and given to serde in one form. The same
//! shapes say better what was expected when serde can't read a value.

mod candidate;
mod explain;
mod garde_path;
mod noted;
mod settle;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use serde_json::value::RawValue;
use serde_path_to_error::Path;

use super::Reading;
use super::error::ReadError;
use crate::contract::{NumberFormat, Scalar, Shape};
use crate::description::FieldRules;
use crate::field_code::FieldCode;
use crate::field_error::FieldErrors;
use crate::references::decode_references;
use crate::resolve::{input_shape, ruled_input};
pub(super) use garde_path::Budget;
pub(super) use noted::MOST_ERRORS;
use settle::Settling;

/// The shapes of an input's fields. One static per input, made when the first payload arrives.
#[derive(Debug)]
pub struct FieldShapes {
    /// The fields that a function of the application reads, in a form that no type tells.
    own_forms: &'static [&'static str],
    known: OnceLock<Known>,
}

#[derive(Debug)]
struct Known {
    fields: BTreeMap<String, Field>,
    named: BTreeMap<String, Shape>,
    /// The named types in which a value is checked.
    checked: BTreeSet<String>,
}

#[derive(Debug)]
struct Field {
    shape: Shape,
    is_checked: bool,
}

/// A value after its formats were checked.
#[derive(Debug)]
pub(super) enum Settled {
    AsSent,
    Rewritten(Box<RawValue>),
}

impl Settled {
    /// What serde reads.
    pub(super) fn of<'v>(&'v self, sent: &'v RawValue) -> &'v RawValue {
        match self {
            Self::AsSent => sent,
            Self::Rewritten(value) => value,
        }
    }
}

impl FieldShapes {
    /// The shapes of a type that is still to be given. `own_forms` are the fields that are read by a function of the
    /// application.
    #[doc(hidden)]
    pub const fn new(own_forms: &'static [&'static str]) -> Self {
        Self {
            own_forms,
            known: OnceLock::new(),
        }
    }

    /// Makes sure that the shapes of `T` are known, whose fields have `rules`. Always call it with the same type.
    #[doc(hidden)]
    pub fn of<T: JsonSchema>(&'static self, rules: fn() -> Vec<FieldRules>) -> &'static Self {
        self.known
            .get_or_init(|| Known::of::<T>(self.own_forms, &rules()));
        self
    }

    /// Checks the formats in a field.
    ///
    /// # Errors
    /// What is wrong, by path.
    pub(super) fn settle(
        &self,
        name: &str,
        value: &RawValue,
        reading: Reading,
    ) -> Result<Settled, FieldErrors> {
        let Some(known) = self.known.get() else {
            return Ok(Settled::AsSent);
        };
        let Some(field) = known.fields.get(name).filter(|field| field.is_checked) else {
            return Ok(Settled::AsSent);
        };
        let mut settling = Settling::new(known, reading, name, value);
        match settling.value(&field.shape, value) {
            None => Err(settling.noted.into_errors()),
            Some(Cow::Borrowed(_)) => Ok(Settled::AsSent),
            Some(Cow::Owned(value)) => Ok(Settled::Rewritten(value)),
        }
    }

    /// What a client knows of the value that could not be read.
    pub(super) fn explain(&self, name: &str, path: &Path, error: &ReadError) -> Option<FieldCode> {
        // The shape at the end of the path is that of the value.
        let known = self.known.get().filter(|_| !error.is_of_key())?;
        explain::code(known, &known.fields.get(name)?.shape, path, error.code())
    }

    /// Where in a field garde found a rule to be broken, in the names that the client sent. `inside` is garde's path behind the
    /// name of the field.
    pub(super) fn garde_path(
        &self,
        (name, inside): (&str, &str),
        sent: &RawValue,
        budget: &Budget,
    ) -> Option<String> {
        let known = self.known.get()?;
        let field = known.fields.get(name)?;
        let inside = (inside, budget);
        Some(garde_path::on_wire(known, &field.shape, sent, inside))
    }
}

impl Known {
    fn of<T: JsonSchema>(own_forms: &[&str], rules: &[FieldRules]) -> Self {
        let mut generator = SchemaSettings::draft2020_12()
            .for_deserialize()
            .into_generator();
        let mut root = generator.subschema_for::<T>().to_value();
        let mut definitions = Value::Object(generator.take_definitions(true));
        decode_references(&mut root);
        decode_references(&mut definitions);
        let definitions = definitions.as_object().into_iter().flatten();
        let named: BTreeMap<String, Shape> = definitions
            .map(|(name, schema)| (name.clone(), input_shape(schema)))
            .collect();
        let mut known = Self {
            fields: BTreeMap::new(),
            checked: checked_names(&named),
            named,
        };
        let root = match input_shape(&root) {
            Shape::Named(name) => known.named.get(&name).cloned().unwrap_or(Shape::Any),
            other => other,
        };
        let root = ruled_input(root, rules);
        let properties = properties(&root).into_iter().flatten();
        known.fields = properties
            .filter(|(name, _)| !own_forms.contains(&name.as_str()))
            .map(|(name, shape)| {
                let is_checked = known.checks(&shape);
                (name, Field { shape, is_checked })
            })
            .collect();
        known
    }

    /// Whether any value in a type is checked.
    fn checks(&self, shape: &Shape) -> bool {
        is_checked(shape, &self.checked)
    }
}

/// The fields of an object, by name.
fn properties(shape: &Shape) -> Option<impl Iterator<Item = (String, Shape)> + use<>> {
    match shape {
        Shape::Object(properties) | Shape::Open(properties, _) => {
            let fields = properties.clone().into_iter();
            Some(fields.map(|property| (property.name, property.shape)))
        }
        Shape::Checked(inner, _) => properties(inner),
        _ => None,
    }
}

/// The named types in which a value is checked: itself, or in a type that it mentions.
fn checked_names(named: &BTreeMap<String, Shape>) -> BTreeSet<String> {
    let mut checked = BTreeSet::new();
    loop {
        let more: Vec<String> = named
            .iter()
            .filter(|(name, shape)| !checked.contains(*name) && is_checked(shape, &checked))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return checked;
        }
        checked.extend(more);
    }
}

fn is_checked(shape: &Shape, names: &BTreeSet<String>) -> bool {
    let inner = |shape: &Shape| is_checked(shape, names);
    match shape {
        Shape::Scalar(Scalar::Text(format)) => format.rule().is_some(),
        Shape::Scalar(Scalar::Number(format)) => *format != NumberFormat::Double,
        Shape::Named(name) => names.contains(name),
        Shape::List(item) | Shape::Map(item) | Shape::Checked(item, _) => inner(item),
        Shape::Tuple(parts) | Shape::Union(parts) | Shape::Intersection(parts) => {
            parts.iter().any(inner)
        }
        Shape::Object(properties) => properties.iter().any(|property| inner(&property.shape)),
        Shape::Open(properties, rest) => {
            inner(rest) || properties.iter().any(|property| inner(&property.shape))
        }
        Shape::Any
        | Shape::Never
        | Shape::Null
        | Shape::Literal(_)
        | Shape::Scalar(Scalar::Boolean | Scalar::Integer(_) | Scalar::Bytes) => false,
    }
}
