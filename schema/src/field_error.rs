//! What is wrong with the fields of an input: for each a code with parameters for programs, and a text for people.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field_code::FieldCode;

/// The key under which [`FieldErrors`] keeps what concerns no single field.
pub const NO_FIELD: &str = "_";

/// What is wrong with a field.
///
/// A text alone is one, with the code `custom`:
///
/// ```
/// use rowcast_schema::{FieldError, FieldErrors};
///
/// let mut errors = FieldErrors::of("to", "must be another day");
/// errors.add("hour", FieldError::custom("full", "this class is full"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    // Results carry it: it is to be no larger than what succeeds.
    code: Box<FieldCode>,
    message: String,
}

impl FieldError {
    /// What the application found, with a code of its own for clients that translate.
    ///
    /// On the wire the code is `{ "code": "custom", "name": <name> }`.
    pub fn custom(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: Box::new(FieldCode::Custom {
                name: Some(name.into()),
            }),
            message: message.into(),
        }
    }

    /// The code with its parameters.
    pub fn code(&self) -> &FieldCode {
        &self.code
    }

    /// The text for people.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<FieldCode> for FieldError {
    fn from(code: FieldCode) -> Self {
        Self {
            message: code.message(),
            code: Box::new(code),
        }
    }
}

/// An error in the words of the application: `custom`.
macro_rules! from_texts {
    ($($text:ty),*) => {$(
        impl From<$text> for FieldError {
            fn from(message: $text) -> Self {
                Self {
                    code: Box::new(FieldCode::Custom { name: None }),
                    message: message.into(),
                }
            }
        }
    )*};
}

from_texts!(&str, String, &String, std::borrow::Cow<'_, str>);

/// A text is compared with what people read.
impl PartialEq<&str> for FieldError {
    fn eq(&self, text: &&str) -> bool {
        self.message == *text
    }
}

/// A text is compared with what people read.
impl PartialEq<String> for FieldError {
    fn eq(&self, text: &String) -> bool {
        self.message == *text
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What is wrong, by the wire name of the field it concerns.
///
/// Nested fields are paths (`coach.id`, `exercise_moves[1].id`); [`NO_FIELD`] holds what concerns no field. On the wire these
/// are the texts alone; clients that ask for them get the codes beside, see [`FieldErrors::codes`].
///
/// ```
/// use rowcast_schema::FieldErrors;
///
/// let errors = FieldErrors::of("name", "must not be blank");
/// assert_eq!(serde_json::to_string(&errors).unwrap(), r#"{"name":["must not be blank"]}"#);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<String, Vec<FieldError>>);

impl FieldErrors {
    /// One error of one field.
    pub fn of(field: impl Into<String>, error: impl Into<FieldError>) -> Self {
        let mut errors = Self::default();
        errors.add(field, error);
        errors
    }

    /// One error that concerns no field.
    pub fn general(error: impl Into<FieldError>) -> Self {
        Self::of(NO_FIELD, error)
    }

    /// Adds an error; an empty field name stands for [`NO_FIELD`].
    pub fn add(&mut self, field: impl Into<String>, error: impl Into<FieldError>) {
        let field = field.into();
        let field = if field.is_empty() {
            NO_FIELD.to_owned()
        } else {
            field
        };
        self.0.entry(field).or_default().push(error.into());
    }

    /// Adds all errors of `other`.
    pub fn extend(&mut self, other: FieldErrors) {
        for (field, errors) in other.0 {
            self.0.entry(field).or_default().extend(errors);
        }
    }

    /// Tells whether there is no error at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields with their errors, sorted by field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[FieldError])> {
        self.0
            .iter()
            .map(|(field, errors)| (field.as_str(), errors.as_slice()))
    }

    /// The errors of one field.
    pub fn get(&self, field: &str) -> &[FieldError] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// The codes of all errors, by field, in the order of the texts.
    ///
    /// ```
    /// use rowcast_schema::{FieldCode, FieldErrors};
    ///
    /// let errors = FieldErrors::of("name", FieldCode::Blank);
    /// assert_eq!(serde_json::to_string(&errors.codes()).unwrap(), r#"{"name":[{"code":"blank"}]}"#);
    /// ```
    pub fn codes(&self) -> BTreeMap<&str, Vec<&FieldCode>> {
        self.iter()
            .map(|(field, errors)| (field, errors.iter().map(FieldError::code).collect()))
            .collect()
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, errors)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let messages: Vec<&str> = errors.iter().map(FieldError::message).collect();
            write!(f, "{separator}{field}: {}", messages.join(", "))?;
        }
        Ok(())
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(field, errors)| {
            let messages: Vec<&str> = errors.iter().map(FieldError::message).collect();
            (field, messages)
        }))
    }
}

impl<'de> Deserialize<'de> for FieldErrors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = BTreeMap::<String, Vec<String>>::deserialize(deserializer)?;
        let errors = |messages: Vec<String>| messages.into_iter().map(FieldError::from).collect();
        Ok(Self(
            texts
                .into_iter()
                .map(|(field, messages)| (field, errors(messages)))
                .collect(),
        ))
    }
}

impl JsonSchema for FieldErrors {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FieldErrors".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, Vec<String>>::json_schema(generator)
    }
}
