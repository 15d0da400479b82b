//! Ids of rows, of any type.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::{FromValue, ToValue, Value, ValueError};

/// The id of a row of any resource, as the change log stores it. On the wire it is the bare number or text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum RowId {
    /// An id that the database assigned.
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

impl ToValue for RowId {
    fn to_value(&self) -> Result<Value<'_>, ValueError> {
        match self {
            Self::Int(id) => id.to_value(),
            Self::Text(id) => id.to_value(),
        }
    }
}

impl FromValue for RowId {
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Integer(id) => Ok(Self::Int(id)),
            Value::Text(id) => Ok(Self::Text(id.into_owned())),
            _ => Err(ValueError::Kind),
        }
    }
}
