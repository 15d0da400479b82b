//! Ids of rows, whatever their type.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

/// The id of a row of any resource, as the change log keeps it. It travels as the bare number or text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum RowId {
    /// An id that the database counted up.
    Int(i64),
    /// Any other id, as text.
    Text(String),
}

impl From<i64> for RowId {
    fn from(id: i64) -> Self {
        Self::Int(id)
    }
}

impl From<String> for RowId {
    fn from(id: String) -> Self {
        Self::Text(id)
    }
}

impl From<&str> for RowId {
    fn from(id: &str) -> Self {
        Self::Text(id.to_owned())
    }
}

/// As serde writes it: lower case, with hyphens.
impl From<Uuid> for RowId {
    fn from(id: Uuid) -> Self {
        Self::Text(id.to_string())
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(id) => id.fmt(f),
            Self::Text(id) => id.fmt(f),
        }
    }
}

impl Serialize for RowId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(id) => serializer.serialize_i64(*id),
            Self::Text(id) => serializer.serialize_str(id),
        }
    }
}

impl ToSql for RowId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Int(id) => id.to_sql(),
            Self::Text(id) => id.to_sql(),
        }
    }
}

impl FromSql for RowId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Integer(id) => Ok(Self::Int(id)),
            ValueRef::Text(_) => value.as_str().map(Self::from),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
