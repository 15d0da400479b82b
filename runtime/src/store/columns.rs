//! Storage of values that databases have no type for.

use chrono::{DateTime, SubsecRound, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as JsonValue;

use super::{FromValue, NotFinite, RowId, ToValue, Value, ValueError, to_json_text};

/// A value whose JSON is a string (a unit enum, a date, a UUID), stored as that string without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<T>(pub T);

/// Any other value, stored as JSON text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Json<T>(pub T);

/// A floating-point number, stored as it is; one without a JSON form is neither written nor read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finite<T>(pub T);

/// Bytes, stored as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Blob<T>(pub T);

/// A list of ids as one parameter: `… WHERE id IN (SELECT value FROM json_each(?1))`.
#[derive(Debug, Clone, Copy)]
pub struct Ids<'a>(pub &'a [RowId]);

/// The current time, in milliseconds, the precision of every client's clock.
pub fn now() -> Text<DateTime<Utc>> {
    Text(Utc::now().trunc_subsecs(3))
}

impl<T: Serialize> ToValue for Text<T> {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        match serde_json::to_value(&self.0).map_err(ValueError::other)? {
            JsonValue::String(text) => Ok(Value::Text(text.into())),
            other => {
                let reason = format!("kept as text, but its JSON is {other}");
                Err(ValueError::other(reason))
            }
        }
    }
}

impl<T: DeserializeOwned> FromValue for Text<T> {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let text = JsonValue::String(String::from_value(value)?);
        T::deserialize(text).map(Text).map_err(ValueError::other)
    }
}

impl<T: Serialize> ToValue for Json<T> {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        let text = to_json_text(&self.0).map_err(ValueError::other)?;
        Ok(Value::Text(text.into()))
    }
}

/// Also reads numbers and nulls that other writers left in the column.
impl<T: DeserializeOwned> FromValue for Json<T> {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let value = match value {
            Value::Text(text) => {
                return serde_json::from_str(&text)
                    .map(Json)
                    .map_err(ValueError::other);
            }
            Value::Integer(number) => JsonValue::from(number),
            Value::Real(number) => JsonValue::from(number),
            Value::Null => JsonValue::Null,
            Value::Blob(_) => return Err(ValueError::Kind),
        };
        T::deserialize(value).map(Json).map_err(ValueError::other)
    }
}

fn finite(number: f64) -> Result<Value<'static>, ValueError> {
    match number.is_finite() {
        true => Ok(Value::Real(number)),
        false => Err(ValueError::other(NotFinite(number))),
    }
}

macro_rules! finite_floats {
    ($($float:ty),*) => {$(
        impl ToValue for Finite<$float> {
            fn to_value(&self) -> Result<Value<'_>, ValueError> {
                finite(self.0.into())
            }
        }

        impl ToValue for Finite<&$float> {
            fn to_value(&self) -> Result<Value<'_>, ValueError> {
                finite((*self.0).into())
            }
        }

        impl FromValue for Finite<$float> {
            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let number = <$float>::from_value(value)?;
                finite(number.into()).map(|_| Self(number))
            }
        }
    )*};
}

finite_floats!(f32, f64);

impl<T: AsRef<[u8]>> ToValue for Blob<T> {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        self.0.as_ref().to_value()
    }
}

impl<T: From<Vec<u8>>> FromValue for Blob<T> {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        Vec::from_value(value).map(|bytes| Self(bytes.into()))
    }
}

impl ToValue for Ids<'_> {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        let text = serde_json::to_string(self.0).map_err(ValueError::other)?;
        Ok(Value::Text(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Day {
        Monday,
        Tuesday,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Name(String);

    fn there_and_back<T: ToValue + FromValue>(value: T) -> Option<T> {
        T::from_value(value.to_value().ok()?).ok()
    }

    fn text(text: &str) -> Value<'_> {
        Value::Text(text.into())
    }

    #[test]
    fn text_is_kept_bare() {
        assert_eq!(Text(Day::Monday).to_value().unwrap(), text("monday"));
        assert_eq!(there_and_back(Text(Day::Tuesday)), Some(Text(Day::Tuesday)));
        let name = Text(Name("Rose".into()));
        assert_eq!(there_and_back(name.clone()), Some(name));
        assert_eq!(there_and_back(None::<Text<Day>>), Some(None));
    }

    #[test]
    fn text_rejects_what_is_no_text_or_no_value_of_the_type() {
        assert!(Text(3).to_value().is_err());
        let read = Text::<Day>::from_value(text("someday"));
        assert!(matches!(read, Err(ValueError::Other(_))));
        let read = Text::<Day>::from_value(Value::Integer(1));
        assert!(matches!(read, Err(ValueError::Kind)));
    }

    #[test]
    fn numbers_that_json_can_not_say_are_neither_written_nor_read() {
        assert_eq!(there_and_back(Finite(1.5)), Some(Finite(1.5)));
        assert_eq!(there_and_back(Finite(0.1_f32)), Some(Finite(0.1_f32)));
        for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert!(Finite(number).to_value().is_err());
            assert!(Finite(number as f32).to_value().is_err());
            assert!(Json(vec![number]).to_value().is_err());
        }
        let read = Finite::<f64>::from_value(Value::Real(f64::INFINITY));
        assert!(read.unwrap_err().to_string().contains("inf is no number"));
        assert!(Finite::<f32>::from_value(Value::Real(1e300)).is_err());
    }

    #[test]
    fn json_keeps_any_value() {
        let value = BTreeMap::from([("a".to_owned(), vec![1.5, 2.0])]);
        assert_eq!(there_and_back(Json(value.clone())), Some(Json(value)));
        assert_eq!(there_and_back(Json(u64::MAX)), Some(Json(u64::MAX)));
        assert_eq!(there_and_back(Json(None::<u8>)), Some(Json(None)));
    }

    #[test]
    fn json_reads_numbers_that_were_not_kept_as_text() {
        let read = |value| Json::<f64>::from_value(value).ok();
        assert_eq!(read(Value::Integer(3)), Some(Json(3.0)));
        assert_eq!(read(Value::Real(1.5)), Some(Json(1.5)));
        assert_eq!(read(text("2.5")), Some(Json(2.5)));
        assert_eq!(read(Value::Blob(b"0"[..].into())), None);
    }
}
