//! Takes the fields of an object one by one and collects what is wrong with them.

use std::borrow::Cow;

use garde::Validate;
use serde::de::{Deserialize, DeserializeOwned};
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment};

use super::error::ReadError;
use super::formats::{Budget, FieldShapes, MOST_ERRORS, Settled};
use super::json::Json;
use super::messages::{Codes, Messages};
use super::reader::Reader;
use super::{Reading, messages};
use crate::bytes::Bytes;
use crate::field_code::FieldCode;
use crate::field_error::{FieldError, FieldErrors};

/// The fields of a payload that are not yet taken, and what was wrong with those that are.
///
/// Each taking method gives `None` after it noted an error, so that the caller goes on with the next field;
/// [`Fields::finish`] then gives all errors at once.
#[derive(Debug)]
pub struct Fields<'j> {
    values: Vec<(Cow<'j, str>, &'j RawValue)>,
    reading: Reading,
    shapes: Option<&'static FieldShapes>,
    errors: FieldErrors,
}

impl<'j> Fields<'j> {
    /// Starts with a payload, which must be an object.
    ///
    /// # Errors
    /// A general message when it is something else.
    pub fn of(payload: &'j RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let not_an_object = || FieldErrors::general(messages::not_an_object(payload));
        let Json::Object(entries) = Json::of(payload) else {
            return Err(not_an_object());
        };
        let named = entries.filter_map(|(name, value)| Some((name?, value)));
        let values: Vec<_> = named.collect();
        // Bytes are an object only within the server.
        if values.iter().any(|(name, _)| name == Bytes::PLACEHOLDER) {
            return Err(not_an_object());
        }
        Ok(Self {
            values,
            ..Self::none(reading)
        })
    }

    /// The fields of nothing.
    pub(super) fn none(reading: Reading) -> Self {
        Self {
            values: Vec::new(),
            reading,
            shapes: None,
            errors: FieldErrors::default(),
        }
    }

    /// Reads the formats of texts by the shapes that clients know, and says what is wrong by them.
    pub fn with_shapes(self, shapes: &'static FieldShapes) -> Self {
        Self {
            shapes: Some(shapes),
            ..self
        }
    }

    /// The one field of a payload that was sent without its name.
    pub(super) fn bare(name: &'static str, value: &'j RawValue, reading: Reading) -> Self {
        Self {
            values: vec![(name.into(), value)],
            ..Self::none(reading)
        }
    }

    /// The value of a field: the last one, if its name was sent more than once.
    pub(super) fn take(&self, name: &str) -> Option<&'j RawValue> {
        let mut named = self.values.iter().rev();
        named
            .find(|(other, _)| other == name)
            .map(|(_, value)| *value)
    }

    /// Takes a field that must be there and not null.
    pub fn required<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        self.required_with(name, |reader| T::deserialize(reader))
    }

    /// [`Fields::required`] with a function instead of `Deserialize`.
    pub fn required_with<T>(&mut self, name: &str, read: ReadWith<T>) -> Option<T> {
        match self.take(name) {
            Some(value) => self.read(name, value, read),
            None => self.refuse(name, FieldCode::Required),
        }
    }

    /// Takes a field that may be absent or null.
    pub fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Option<Option<T>> {
        self.or_else_with(name, || None, |reader| Option::<T>::deserialize(reader))
    }

    /// Takes a field that may be absent and has a default then.
    pub fn or_else<T: DeserializeOwned>(&mut self, name: &str, default: fn() -> T) -> Option<T> {
        self.or_else_with(name, default, |reader| T::deserialize(reader))
    }

    /// [`Fields::or_else`] with a function instead of `Deserialize`.
    pub fn or_else_with<T>(
        &mut self,
        name: &str,
        default: fn() -> T,
        read: ReadWith<T>,
    ) -> Option<T> {
        match self.take(name) {
            Some(value) => self.read(name, value, read),
            None => Some(default()),
        }
    }

    /// Takes a field of a patch: absent leaves it as it is, so the inner option is `None` then.
    ///
    /// For a field that can be null, `T` is an `Option` itself: null is a value like any other.
    pub fn patch<T: DeserializeOwned>(&mut self, name: &str) -> Option<Option<T>> {
        self.patch_with(name, |reader| T::deserialize(reader))
    }

    /// [`Fields::patch`] with a function instead of `Deserialize`.
    pub fn patch_with<T>(&mut self, name: &str, read: ReadWith<T>) -> Option<Option<T>> {
        match self.take(name) {
            Some(value) => self.read(name, value, read).map(Some),
            None => Some(None),
        }
    }

    /// Checks a field that could be read against its rules; the others are not needed for it.
    ///
    /// `check` puts the value into a struct that has its garde rules under `own`, the field's name in Rust.
    pub fn check<T, R: Validate<Context = ()>>(
        &mut self,
        (own, name): (&str, &str),
        value: Option<T>,
        (ruled, plain): Ruled<T, R>,
    ) -> Option<T> {
        let ruled = ruled(value?);
        if let Err(broken) = broken_rules(&ruled) {
            let sent = self.take(name);
            let budget = sent.map(Budget::of);
            for (path, error) in broken {
                let inside = path.strip_prefix(own).unwrap_or(&path);
                let path = self.path_within((name, inside), sent.zip(budget.as_ref()));
                self.errors.add(path, error);
            }
        }
        Some(plain(ruled))
    }

    /// [`Fields::check`] for a field of a patch, which may be absent.
    pub fn check_patch<T, R: Validate<Context = ()>>(
        &mut self,
        names: (&str, &str),
        value: Option<Option<T>>,
        rules: Ruled<T, R>,
    ) -> Option<Option<T>> {
        match value? {
            Some(value) => self.check(names, Some(value), rules).map(Some),
            None => Some(None),
        }
    }

    /// Checks that a field repeats another one, as `#[garde(matches(other))]` says.
    pub fn check_same<T: PartialEq<U>, U>(
        &mut self,
        (name, value): (&str, &Option<T>),
        (other, expected): (&str, &Option<U>),
    ) {
        if let (Some(value), Some(expected)) = (value, expected)
            && value != expected
        {
            let field = other.to_owned();
            self.errors.add(name, FieldCode::Same { field });
        }
    }

    /// The path of what broke a rule in a field, of which garde has the part behind the field's name.
    fn path_within(
        &self,
        (name, inside): (&str, &str),
        sent: Option<(&RawValue, &Budget)>,
    ) -> String {
        let sent = sent.filter(|_| !inside.is_empty());
        let on_wire =
            sent.and_then(|(sent, budget)| self.shapes?.garde_path((name, inside), sent, budget));
        format!("{name}{}", on_wire.as_deref().unwrap_or(inside))
    }

    /// Notes an error of the caller's own.
    pub fn refuse<T>(&mut self, name: &str, error: impl Into<FieldError>) -> Option<T> {
        self.errors.add(name, error);
        None
    }

    /// Gives the input, or all that was wrong.
    ///
    /// # Errors
    /// All messages noted so far.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, FieldErrors> {
        match build() {
            Some(input) if self.errors.is_empty() => Ok(input),
            _ => Err(self.errors),
        }
    }

    fn read<T>(&mut self, name: &str, value: &RawValue, read: ReadWith<T>) -> Option<T> {
        let settled = match self
            .shapes
            .map(|shapes| shapes.settle(name, value, self.reading))
        {
            None => Settled::AsSent,
            Some(Ok(settled)) => settled,
            Some(Err(errors)) => {
                self.errors.extend(errors);
                return None;
            }
        };
        let mut track = serde_path_to_error::Track::new();
        let reader = Reader::new(settled.of(value), self.reading);
        let error = match read(serde_path_to_error::Deserializer::new(reader, &mut track)) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let path = track.path();
        let known = self
            .shapes
            .and_then(|shapes| shapes.explain(name, &path, &error));
        let full_path = path_of(name, &path, &error);
        self.errors
            .add(full_path, known.unwrap_or_else(|| error.code().clone()));
        None
    }
}

/// How a value gets into the struct that has its rules, and out again.
pub type Ruled<T, R> = (fn(T) -> R, fn(R) -> T);

/// Reads one field; a user's `#[serde(with = "…")]` function has this form.
pub type ReadWith<T> =
    fn(serde_path_to_error::Deserializer<'_, '_, Reader<'_>>) -> Result<T, ReadError>;

/// `name`, the path inside its value, and the key that a nested object lacks, as one path.
fn path_of(name: &str, inside: &Path, error: &ReadError) -> String {
    let mut path = name.to_owned();
    let is_key = |segment: &&Segment| matches!(segment, Segment::Map { .. } | Segment::Unknown);
    // Not each key is known to the path, and of some it knows another form. Of an object in a buffer of serde's, neither is.
    let are_known = inside.iter().filter(is_key).count() == error.keys().len();
    let mut sent = error.keys();
    for segment in inside {
        let key = match segment {
            Segment::Seq { index } => {
                path.push_str(&format!("[{index}]"));
                continue;
            }
            Segment::Map { .. } | Segment::Unknown if are_known => sent.next().unwrap_or("?"),
            Segment::Map { key } => key,
            Segment::Enum { variant } => variant,
            Segment::Unknown => "?",
        };
        path.push('.');
        path.push_str(key);
    }
    if let Some(missing) = error.missing() {
        path.push('.');
        path.push_str(missing);
    }
    path
}

/// What is wrong by a rule for the whole input: code of the user's, given by `#[garde(custom(…))]` on the struct.
///
/// # Errors
/// The message of the rule, which concerns no field.
pub fn check_whole<T>(
    input: &T,
    rule: impl FnOnce(&T, &()) -> garde::Result,
) -> Result<(), FieldErrors> {
    rule(input, &()).map_err(|error| FieldErrors::general(error.message()))
}

/// Checks a value against its garde rules. `renamed` has the fields whose names on the wire differ from those in Rust.
///
/// # Errors
/// A message for each rule that is broken, by field path.
pub fn check<T: Validate<Context = ()>>(
    input: &T,
    renamed: &[(&str, &str)],
) -> Result<(), FieldErrors> {
    broken_rules(input).map_err(|broken| {
        let mut errors = FieldErrors::default();
        for (path, error) in broken {
            errors.add(on_wire(&path, renamed), error);
        }
        errors
    })
}

/// Checks a value against its garde rules.
///
/// # Errors
/// What is broken, with garde's path to it.
fn broken_rules<T: Validate<Context = ()>>(input: &T) -> Result<(), Vec<(String, FieldError)>> {
    let codes = Codes::default();
    let Err(report) = garde::with_i18n(Messages(&codes), || input.validate()) else {
        return Ok(());
    };
    let broken = report.iter().take(MOST_ERRORS).map(|(path, error)| {
        // Garde names fields as they are written, and some must be written raw.
        let path = path.to_string();
        let path = path.strip_prefix("r#").unwrap_or(&path).replace(".r#", ".");
        (path, codes.error(error.message()))
    });
    Err(broken.collect())
}

/// A path with the first name in it as it is on the wire.
fn on_wire(path: &str, renamed: &[(&str, &str)]) -> String {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (field, inside) = path.split_at(end);
    let name = renamed
        .iter()
        .find(|(own, _)| *own == field)
        .map_or(field, |(_, wire)| *wire);
    format!("{name}{inside}")
}
