//! How values that SQLite has no type for are kept in columns.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::store::{NotFinite, RowId, to_json_text};

/// A value whose JSON is a string (a unit enum, a date, a UUID), kept as that string without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<T>(pub T);

/// Any other value, kept as JSON text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Json<T>(pub T);

/// A floating-point number, kept as it is; one that JSON can't say is neither written nor read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finite<T>(pub T);

/// Bytes, kept as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Blob<T>(pub T);

/// A list of ids as one parameter: `… WHERE id IN (SELECT value FROM json_each(?1))`.
#[derive(Debug, Clone, Copy)]
pub struct Ids<'a>(pub &'a [RowId]);

impl<T: Serialize> ToSql for Text<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match serde_json::to_value(&self.0).map_err(unwritable)? {
            Value::String(text) => Ok(text.into()),
            other => Err(unwritable(format!("kept as text, but its JSON is {other}"))),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Text<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?.to_owned();
        T::deserialize(Value::String(text))
            .map(Text)
            .map_err(FromSqlError::other)
    }
}

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        to_json_text(&self.0)
            .map(ToSqlOutput::from)
            .map_err(unwritable)
    }
}

/// Also reads what other writers left in the column as a number or null.
impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let value = match value {
            ValueRef::Text(text) => {
                return serde_json::from_slice(text)
                    .map(Json)
                    .map_err(FromSqlError::other);
            }
            ValueRef::Integer(number) => Value::from(number),
            ValueRef::Real(number) => Value::from(number),
            ValueRef::Null => Value::Null,
            ValueRef::Blob(_) => return Err(FromSqlError::InvalidType),
        };
        T::deserialize(value).map(Json).map_err(FromSqlError::other)
    }
}

fn finite(number: f64) -> rusqlite::Result<ToSqlOutput<'static>> {
    match number.is_finite() {
        true => Ok(number.into()),
        false => Err(unwritable(NotFinite(number))),
    }
}

macro_rules! finite_floats {
    ($($float:ty),*) => {$(
        impl ToSql for Finite<$float> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                finite(self.0.into())
            }
        }

        impl ToSql for Finite<&$float> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                finite((*self.0).into())
            }
        }

        impl FromSql for Finite<$float> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let number = <$float>::column_result(value)?;
                match number.is_finite() {
                    true => Ok(Self(number)),
                    false => Err(FromSqlError::other(NotFinite(number.into()))),
                }
            }
        }
    )*};
}

finite_floats!(f32, f64);

impl<T: AsRef<[u8]>> ToSql for Blob<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_ref().into())
    }
}

impl<T: From<Vec<u8>>> FromSql for Blob<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_blob().map(|bytes| Self(bytes.to_vec().into()))
    }
}

impl ToSql for Ids<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(self.0)
            .map(ToSqlOutput::from)
            .map_err(unwritable)
    }
}

fn unwritable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rusqlite::{Connection, Result};
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

    fn there_and_back<T: ToSql + FromSql>(value: T) -> Result<T> {
        Connection::open_in_memory()?.query_row("SELECT ?1", [value], |row| row.get(0))
    }

    #[test]
    fn text_is_kept_bare() {
        let connection = Connection::open_in_memory().unwrap();
        let kept: String = connection
            .query_row("SELECT ?1", [Text(Day::Monday)], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, "monday");
        assert_eq!(there_and_back(Text(Day::Tuesday)), Ok(Text(Day::Tuesday)));
        assert_eq!(
            there_and_back(Text(Name("Rose".into()))),
            Ok(Text(Name("Rose".into())))
        );
        assert_eq!(there_and_back(None::<Text<Day>>), Ok(None));
    }

    #[test]
    fn text_refuses_what_is_no_text_or_no_value_of_the_type() {
        assert!(there_and_back(Text(3)).is_err());
        let read = Connection::open_in_memory()
            .unwrap()
            .query_row("SELECT 'someday'", [], |row| row.get::<_, Text<Day>>(0));
        assert!(matches!(
            read,
            Err(rusqlite::Error::FromSqlConversionFailure(0, ..))
        ));
    }

    #[test]
    fn numbers_that_json_can_not_say_are_neither_written_nor_read() {
        assert_eq!(there_and_back(Finite(1.5)), Ok(Finite(1.5)));
        assert_eq!(there_and_back(Finite(0.1_f32)), Ok(Finite(0.1_f32)));
        for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert!(there_and_back(Finite(number)).is_err());
            assert!(there_and_back(Finite(number as f32)).is_err());
            assert!(there_and_back(Json(vec![number])).is_err());
        }
        let connection = Connection::open_in_memory().unwrap();
        let infinite = "SELECT 9e999";
        let read = connection.query_row(infinite, [], |row| row.get::<_, Finite<f64>>(0));
        assert!(read.unwrap_err().to_string().contains("inf is no number"));
        let beyond = connection.query_row("SELECT 1e300", [], |row| row.get::<_, Finite<f32>>(0));
        assert!(beyond.is_err());
    }

    #[test]
    fn json_keeps_any_value() {
        let value = BTreeMap::from([("a".to_owned(), vec![1.5, 2.0])]);
        assert_eq!(there_and_back(Json(value.clone())), Ok(Json(value)));
        assert_eq!(there_and_back(Json(u64::MAX)), Ok(Json(u64::MAX)));
        assert_eq!(there_and_back(Json(None::<u8>)), Ok(Json(None)));
    }

    #[test]
    fn json_reads_numbers_that_were_not_kept_as_text() {
        let connection = Connection::open_in_memory().unwrap();
        let read = |sql| connection.query_row(sql, [], |row| row.get::<_, Json<f64>>(0));
        assert_eq!(read("SELECT 3"), Ok(Json(3.0)));
        assert_eq!(read("SELECT 1.5"), Ok(Json(1.5)));
        assert_eq!(read("SELECT '2.5'"), Ok(Json(2.5)));
        assert!(read("SELECT x'00'").is_err());
    }

    #[test]
    fn ids_of_both_kinds_are_found_in_a_list() {
        let connection = Connection::open_in_memory().unwrap();
        let ids = [RowId::Int(3), RowId::from("a")];
        let sql = "SELECT ?2 IN (SELECT value FROM json_each(?1))";
        for (id, found) in [
            (RowId::Int(3), true),
            (RowId::from("a"), true),
            (RowId::from("3"), false),
        ] {
            let there: bool = connection
                .query_row(sql, rusqlite::params![Ids(&ids), id], |row| row.get(0))
                .unwrap();
            assert_eq!(there, found, "{id}");
        }
    }
}
