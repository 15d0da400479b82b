//! The shapes that every contract has on the wire: acknowledgements, field errors, references, changes, pages.
//!
//! Generated servers answer with them and generated clients mirror them; none of them depends on a schema.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::Resource;
use crate::field_error::FieldErrors;

/// Why a call was refused; the `code` of a refused [`Ack`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The payload is malformed or breaks a rule; the errors name the fields.
    Invalid,
    /// The row that the call names does not exist.
    NotFound,
    /// The call contradicts what is stored: a value that must be unique, a row that is in use.
    Conflict,
    /// The call needs a caller that has signed in.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// The server has too much to do; the same call may succeed later.
    Busy,
    /// The contract has no such event.
    UnknownEvent,
    /// A fault of the server. The message carries an id that its log carries too.
    Internal,
}

impl ErrorCode {
    /// The code as it is on the wire.
    ///
    /// ```
    /// use rowcast_schema::ErrorCode;
    ///
    /// assert_eq!(ErrorCode::NotFound.as_str(), "not_found");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Busy => "busy",
            Self::UnknownEvent => "unknown_event",
            Self::Internal => "internal",
        }
    }
}

/// Where a list stands: how many changes it has seen, counted from the start of an epoch.
///
/// A server that lost count starts a new epoch; positions of different epochs can't be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// Which count this is.
    pub epoch: String,
    /// The number of changes so far.
    pub at: u64,
}

/// The answer to a call: `{ ok, data, errors, code }`.
///
/// `errors` is never null, `data` is null unless `ok`. A command may give its data another key,
/// see [`Ack::with_data_key`].
///
/// ```
/// use rowcast_schema::{Ack, ErrorCode, FieldErrors};
///
/// let refused = Ack::<()>::refused(ErrorCode::Invalid, FieldErrors::of("name", "must not be blank"));
/// assert_eq!(
///     serde_json::to_string(&refused).unwrap(),
///     r#"{"ok":false,"data":null,"errors":{"name":["must not be blank"]},"code":"invalid"}"#,
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ack<T> {
    outcome: Result<T, (ErrorCode, FieldErrors)>,
    data_key: &'static str,
    position: Option<Position>,
    positions: BTreeMap<&'static str, Position>,
    has_codes: bool,
}

impl<T> Ack<T> {
    /// A call that was carried out.
    pub fn ok(data: T) -> Self {
        Self {
            outcome: Ok(data),
            data_key: "data",
            position: None,
            positions: BTreeMap::new(),
            has_codes: false,
        }
    }

    /// A call that was refused and changed nothing.
    pub fn refused(code: ErrorCode, errors: FieldErrors) -> Self {
        Self {
            outcome: Err((code, errors)),
            data_key: "data",
            position: None,
            positions: BTreeMap::new(),
            has_codes: false,
        }
    }

    /// Puts the data under another key than `data`, in a refusal too.
    pub fn with_data_key(mut self, key: &'static str) -> Self {
        self.data_key = key;
        self
    }

    /// Tells the position of the list that contains what the call wrote.
    pub fn with_position(mut self, position: Option<Position>) -> Self {
        self.position = position;
        self
    }

    /// Tells the positions of all lists that contain what the call wrote, by their names.
    pub fn with_positions(
        mut self,
        positions: impl IntoIterator<Item = (&'static str, Position)>,
    ) -> Self {
        self.positions = positions.into_iter().collect();
        self
    }

    /// Puts the codes of the errors beside their texts, under `codes`, for a client that translates.
    pub fn with_codes(mut self, has_codes: bool) -> Self {
        self.has_codes = has_codes;
        self
    }

    /// The data, or why the call was refused.
    pub fn outcome(&self) -> Result<&T, (ErrorCode, &FieldErrors)> {
        self.outcome
            .as_ref()
            .map_err(|(code, errors)| (*code, errors))
    }
}

impl<T: Serialize> Serialize for Ack<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ok", &self.outcome.is_ok())?;
        match &self.outcome {
            Ok(data) => {
                map.serialize_entry(self.data_key, data)?;
                map.serialize_entry("errors", &FieldErrors::default())?;
                map.serialize_entry("code", &None::<ErrorCode>)?;
            }
            Err((code, errors)) => {
                map.serialize_entry(self.data_key, &None::<T>)?;
                map.serialize_entry("errors", errors)?;
                map.serialize_entry("code", code)?;
                if self.has_codes {
                    map.serialize_entry("codes", &errors.codes())?;
                }
            }
        }
        if let Some(position) = &self.position {
            map.serialize_entry("position", position)?;
        }
        if !self.positions.is_empty() {
            map.serialize_entry("positions", &self.positions)?;
        }
        map.end()
    }
}

/// A reference to a row of `R` in an input: `{ "id": 3 }`. Other keys beside the id are ignored.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(bound = "")]
#[schemars(rename = "{R}Ref", bound = "R: Resource")]
pub struct Ref<R: Resource> {
    /// The id of the row.
    #[schemars(extend("x-id" = true))]
    pub id: R::Id,
}

impl<R: Resource> Ref<R> {
    /// Refers to the row with this id.
    pub fn to(id: R::Id) -> Self {
        Self { id }
    }
}

impl<R: Resource> Clone for Ref<R> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
        }
    }
}

impl<R: Resource> PartialEq for Ref<R> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<R: Resource> fmt::Debug for Ref<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", R::NAME, self.id)
    }
}

/// What happened to a list: the rows that came or changed, the ids that went.
///
/// `from: None` says that `put` is the whole list, or its first part if there is `more`. A row may already be newer than
/// `to`; it is then put again later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Changes<T, I = i64> {
    /// The count that `from` and `to` belong to, see [`Position`].
    pub epoch: String,
    /// The position after which these changes happened; none for a whole list.
    pub from: Option<u64>,
    /// The position up to which they happened.
    pub to: u64,
    /// Rows in their new state, by id.
    pub put: Vec<T>,
    /// Ids of rows that are gone.
    pub dropped: Vec<I>,
    /// The id after which the next part of the list begins. After these changes, a client has all rows up to it.
    ///
    /// Only in answers to a `sync` that asks for a list in parts, as long as rows are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<I>,
}

/// What a `list_…` call asks for: a page of rows in the order of their ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PageQuery<I = i64> {
    /// Only rows whose id is beyond this one: the `next` of the page before.
    #[serde(default)]
    pub after: Option<I>,
    /// At most so many rows: from 1 to 1,000, 100 without a wish.
    #[serde(default)]
    pub limit: Option<u16>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Page<T, I = i64> {
    /// The rows, in the order of their ids.
    pub rows: Vec<T>,
    /// What to send as `after` to get the next page; null when this is the last one.
    pub next: Option<I>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_named_as_they_travel() {
        use ErrorCode::{
            Busy, Conflict, Forbidden, Internal, Invalid, NotFound, Unauthenticated, UnknownEvent,
        };
        for code in [
            Invalid,
            NotFound,
            Conflict,
            Unauthenticated,
            Forbidden,
            Busy,
            UnknownEvent,
            Internal,
        ] {
            assert_eq!(serde_json::json!(code), code.as_str());
        }
    }
}
