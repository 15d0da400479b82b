//! What the attributes of the types name.

use std::collections::BTreeMap;

use rowcast_schema::prelude::*;

/// The form of a value that has a `with`: `{ "it": … }`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "It{T}")]
pub struct It<T> {
    pub it: T,
}

pub mod wrapped {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::It;

    pub fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        It { it: value }.serialize(to)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        It::deserialize(from).map(|It { it }| it)
    }
}

pub mod same {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        T::deserialize(from)
    }
}

/// What a field has that is left out.
pub trait Given {
    fn value() -> Self;
}

impl Given for i32 {
    fn value() -> Self {
        42
    }
}

impl Given for Option<String> {
    fn value() -> Self {
        Some("given".to_owned())
    }
}

// schemars wants to know the type.
pub fn given_number() -> i32 {
    Given::value()
}

pub fn given_text() -> Option<String> {
    Given::value()
}

pub fn is_given<T: Given + PartialEq>(value: &T) -> bool {
    *value == T::value()
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Raw {
    pub raw: i32,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Inner {
    pub inner_a: i32,
    pub inner_b: Option<bool>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    pub closed_a: i32,
    pub closed_b: Option<bool>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub enum Outside {
    #[default]
    OutUnit,
    OutNew(i32),
    OutTwo(i32, bool),
    OutNamed {
        out_a: i32,
    },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "inside")]
pub enum Inside {
    #[default]
    InUnit,
    InNew(Inner),
    InNamed {
        in_a: i32,
    },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "beside", content = "besides")]
pub enum Beside {
    #[default]
    ByUnit,
    ByNew(i32),
    ByNamed {
        by_a: BTreeMap<String, i32>,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Untagged {
    UnNew(Inner),
    UnNamed { un_a: i32 },
}

impl Default for Untagged {
    fn default() -> Self {
        Self::UnNamed { un_a: 0 }
    }
}
