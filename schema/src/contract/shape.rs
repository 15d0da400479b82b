//! Types as they stand on the wire, in no particular language.

use serde::Serialize;
use serde_json::Value;

/// A named type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TypeDefinition {
    /// The name, unique in the contract.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// What it is.
    pub shape: Shape,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Anything that JSON can say.
    Any,
    /// Nothing can be of this type.
    Never,
    /// Null.
    Null,
    /// A value without parts.
    Scalar(Scalar),
    /// One value only: a string, a number or a truth value.
    Literal(Value),
    /// A list.
    List(Box<Shape>),
    /// A list with a type for each place.
    Tuple(Vec<Shape>),
    /// An object with keys that are not known beforehand.
    Map(Box<Shape>),
    /// An object.
    Object(Vec<Property>),
    /// One of several.
    Union(Vec<Shape>),
    /// All of several at once.
    Intersection(Vec<Shape>),
    /// A named type.
    Named(String),
}

/// Values without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scalar {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Text.
    Text,
}

/// A key of an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Property {
    /// The key.
    pub name: String,
    /// The doc comment of the field.
    pub doc: String,
    /// The type of its value.
    pub shape: Shape,
    /// Whether the key may be absent.
    pub optional: bool,
}

impl Shape {
    /// A union without nested unions and repetitions; a single member stands for itself.
    pub(crate) fn union(members: impl IntoIterator<Item = Shape>) -> Self {
        let mut flat: Vec<Shape> = Vec::new();
        for member in members {
            let parts = if let Self::Union(parts) = member {
                parts
            } else {
                vec![member]
            };
            for part in parts {
                if !flat.contains(&part) {
                    flat.push(part);
                }
            }
        }
        match flat.len() {
            0 => Self::Never,
            1 => flat.remove(0),
            _ => Self::Union(flat),
        }
    }

    /// Calls `visit` with the name of every named type in this one.
    pub fn each_name<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Named(name) => visit(name),
            Self::List(inner) | Self::Map(inner) => inner.each_name(visit),
            Self::Tuple(parts) | Self::Union(parts) | Self::Intersection(parts) => {
                parts.iter().for_each(|part| part.each_name(visit));
            }
            Self::Object(properties) => {
                properties
                    .iter()
                    .for_each(|property| property.shape.each_name(visit));
            }
            Self::Any | Self::Never | Self::Null | Self::Scalar(_) | Self::Literal(_) => {}
        }
    }
}
