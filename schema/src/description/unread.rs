//! What serde does not read, though the JSON Schema of an input allows it.

use serde::{Deserialize, Serialize};

use super::Place;

/// What can't be read of an input, found by reading values that its JSON Schema allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadDescription {
    /// Where the resource or command stands.
    pub declared_at: Place,
    /// What can't be read.
    pub unread: Unread,
}

/// A place in an input where serde does not read what the JSON Schema allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The name of the input.
    pub of: String,
    /// The wire name of the field that the place is in.
    pub field: String,
    /// The named type that the place belongs to; empty for the input itself.
    pub type_name: String,
    /// What is wrong there.
    pub kind: UnreadKind,
}

/// What serde does not read as its JSON Schema says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreadKind {
    /// The keys of a map are whole numbers or truth values, and serde keeps them as text there.
    Keys,
    /// The keys of a map are lists or objects, which no text stands for.
    KeysWithoutText,
    /// An integer has 128 bits.
    WideInteger,
    /// Two types have this key in one object, and only one of them gets it.
    KeyTwice(String),
    /// This key must be there, though it may be left out by the type.
    Required(String),
    /// A choice that is tagged inside holds no object that the tag could be in.
    OnlyTag,
    /// Rules that clients check are not checked when the input is read.
    Unchecked,
}
