//! Reads what clients send: from JSON text to a checked input, or to messages for every field that is wrong.
//!
//! The derive macros implement [`Input`] by taking the fields one by one from [`Fields`], so that all wrong fields are
//! reported together, and by checking the result against its garde rules.

mod error;
mod fields;
mod formats;
mod json;
mod key;
mod messages;
mod reader;
mod safe_integer;

pub use error::ReadError;
pub use fields::{Fields, ReadWith, Ruled, check, check_whole};
pub use formats::FieldShapes;
pub use json::{Entries, Items, Json};
pub use reader::Reader;
pub use safe_integer::{optional_safe_integer, safe_integer};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::contract::TextFormat;
use crate::field_code::FieldCode;
use crate::field_error::FieldErrors;
use crate::rule::WholeLimits;
use crate::wire::PageQuery;

/// How literally an input's JSON types are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// Types must match.
    #[default]
    Strict,
    /// A number may come as text (`"41"`), and text as a number (`1600`), as HTML forms send them.
    Lenient,
}

/// What a client sends with a call.
pub trait Input: Sized + Send + 'static {
    /// Reads and checks a payload as it was sent. Keys that the input does not have are ignored; no memory is used for them.
    ///
    /// # Errors
    /// Messages for each field that is missing, malformed or against its rules.
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors>;

    /// Reads and checks a payload that exists as a value: from a file, or from code of your own.
    ///
    /// # Errors
    /// As [`Input::read_json`].
    fn read(payload: Value, reading: Reading) -> Result<Self, FieldErrors> {
        let text = to_raw_value(&payload);
        let text = text.map_err(|error| FieldErrors::general(error.to_string()))?;
        Self::read_json(&text, reading)
    }
}

/// The id of a row, sent as `{ "id": 3 }` or bare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdOnly<I>(pub I);

impl<I: DeserializeOwned + Serialize + Send + 'static> Input for IdOnly<I> {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = match Json::of(payload) {
            Json::Number(_) | Json::Text(_) => Fields::bare("id", payload, reading),
            _ => Fields::of(payload, reading)?,
        };
        let id = fields.required("id");
        if let (Some(id), Some(sent)) = (&id, fields.take("id").and_then(Json::text))
            && !is_written(id, &sent)
        {
            let format = TextFormat::Uuid;
            fields.refuse::<()>("id", FieldCode::Format { format });
        }
        fields.finish(|| id.map(IdOnly))
    }
}

/// Whether a text is the form of an id, or no text is. UUIDs have other forms, which clients do not take for one.
fn is_written(id: &impl Serialize, sent: &str) -> bool {
    match serde_json::to_value(id) {
        Ok(Value::String(written)) => written.eq_ignore_ascii_case(sent),
        _ => true,
    }
}

impl<I: DeserializeOwned + Send + 'static> Input for PageQuery<I> {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = match Json::of(payload) {
            Json::Null => Fields::none(reading),
            _ => Fields::of(payload, reading)?,
        };
        let after = fields.optional("after");
        let limit = fields.optional::<u16>("limit");
        if limit
            .flatten()
            .is_some_and(|limit| !(1..=1000).contains(&limit))
        {
            fields.refuse::<()>("limit", FieldCode::integer(WholeLimits::between(1, 1000)));
        }
        fields.finish(|| {
            Some(PageQuery {
                after: after?,
                limit: limit?,
            })
        })
    }
}

/// For commands that take nothing: whatever is sent is ignored.
impl Input for () {
    fn read_json(_: &RawValue, _: Reading) -> Result<Self, FieldErrors> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;

    /// An id that is read in more forms than it is written in, as UUIDs are.
    #[derive(Debug, PartialEq, Serialize)]
    struct Loose(String);

    impl<'de> Deserialize<'de> for Loose {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            let plain = text.trim_start_matches("urn:uuid:");
            Ok(Self(plain.to_ascii_lowercase()))
        }
    }

    #[test]
    fn ids_are_read_in_the_form_that_they_are_written_in() {
        for id in [json!("a1"), json!("A1"), json!({ "id": "a1", "name": "x" })] {
            let read = IdOnly::<Loose>::read(id, Reading::Strict);
            assert_eq!(read, Ok(IdOnly(Loose("a1".into()))));
        }
        for id in [json!("urn:uuid:a1"), json!({ "id": "urn:uuid:a1" })] {
            let errors = IdOnly::<Loose>::read(id, Reading::Strict).unwrap_err();
            let format = TextFormat::Uuid;
            assert_eq!(errors, FieldErrors::of("id", FieldCode::Format { format }));
        }
        for id in [json!(3), json!({ "id": 3 })] {
            assert_eq!(IdOnly::read(id, Reading::Strict), Ok(IdOnly(3_i64)));
        }
    }
}
