//! What the attributes of the matrix name, for fields of all types.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value in a form of its own: `{ "it": … }`.
#[derive(Serialize, Deserialize)]
struct It<T> {
    it: T,
}

pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    It { it: value }.serialize(serializer)
}

pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    It::deserialize(deserializer).map(|It { it }| it)
}

/// What a field has that is left out.
pub trait Given {
    fn given() -> Self;
}

impl Given for u8 {
    fn given() -> Self {
        42
    }
}

impl Given for Option<String> {
    fn given() -> Self {
        Some("given".to_owned())
    }
}

// schemars wants to know the type.
pub fn given_number() -> u8 {
    Given::given()
}

pub fn given_text() -> Option<String> {
    Given::given()
}

pub fn is_given<T: Given + PartialEq>(value: &T) -> bool {
    *value == T::given()
}
