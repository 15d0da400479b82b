//! Types as they stand on the wire, in no particular language.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::description::Allowed;
use crate::formats::TextFormat;
use crate::rule::{Rule, WholeLimits};

/// A named type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TypeDefinition {
    /// The name, unique in the contract.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// Why it should not be used any more, if that is so; empty if that is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// What it is.
    pub shape: Shape,
    /// What its values are, if they are ids that only the type tells from others; see `Contract::with_branded_ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand_of: Option<Shape>,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// An object that has other keys besides, whose values are all of one type.
    Open(Vec<Property>, Box<Shape>),
    /// One of several.
    Union(Vec<Shape>),
    /// All of several at once.
    Intersection(Vec<Shape>),
    /// A named type.
    Named(String),
    /// A type whose values obey rules besides. Never around another of its kind, nor around a null.
    Checked(Box<Shape>, Vec<Rule>),
}

/// Values without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scalar {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer(IntegerFormat),
    /// A number.
    Number(NumberFormat),
    /// Text.
    Text(TextFormat),
    /// Bytes, beside the text of a packet.
    Bytes,
}

/// Which whole numbers there can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntegerFormat {
    /// Any.
    Any,
    /// From -128 to 127.
    Int8,
    /// From 0 to 255.
    Uint8,
    /// From -32,768 to 32,767.
    Int16,
    /// From 0 to 65,535.
    Uint16,
    /// 32 bits with a sign.
    Int32,
    /// 32 bits without a sign.
    Uint32,
    /// 64 bits with a sign.
    Int64,
    /// 64 bits without a sign.
    Uint64,
    /// 128 bits with a sign.
    Int128,
    /// 128 bits without a sign.
    Uint128,
}

impl IntegerFormat {
    /// The least and the greatest value of the formats whose values all are numbers in JavaScript.
    pub fn bounds(self) -> Option<(i64, i64)> {
        match self {
            Self::Int8 => Some((i8::MIN.into(), i8::MAX.into())),
            Self::Uint8 => Some((0, u8::MAX.into())),
            Self::Int16 => Some((i16::MIN.into(), i16::MAX.into())),
            Self::Uint16 => Some((0, u16::MAX.into())),
            Self::Int32 => Some((i32::MIN.into(), i32::MAX.into())),
            Self::Uint32 => Some((0, u32::MAX.into())),
            _ => None,
        }
    }

    /// [`IntegerFormat::bounds`] as limits that rules narrow.
    pub fn limits(self) -> Option<WholeLimits> {
        self.bounds()
            .map(|(min, max)| WholeLimits::between(min, max))
    }

    /// Whether negative values are possible.
    pub fn signed(self) -> bool {
        !matches!(
            self,
            Self::Uint8 | Self::Uint16 | Self::Uint32 | Self::Uint64 | Self::Uint128
        )
    }
}

/// How precise a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// 32 bits: about seven digits.
    Single,
    /// 64 bits: what JavaScript calculates with.
    Double,
    /// A number that stands for an exact decimal, which is text otherwise.
    Decimal,
}

/// A key of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Property {
    /// The key.
    pub name: String,
    /// The doc comment of the field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Why it should not be used any more, if that is so; empty if that is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// The type of its value.
    pub shape: Shape,
    /// Whether the key may be absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Which callers see it, in what is sent, or may set it, in an input; without a rule, those that may do so with the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Allowed>,
}

impl Shape {
    /// Whether it is an exact decimal, as text or as a number.
    pub fn is_decimal(&self) -> bool {
        match self {
            Self::Checked(inner, _) => inner.is_decimal(),
            Self::Scalar(scalar) => matches!(
                scalar,
                Scalar::Text(TextFormat::Decimal) | Scalar::Number(NumberFormat::Decimal)
            ),
            _ => false,
        }
    }

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

    /// The type with `rules` besides those that it has; null, where it may be null, obeys none.
    pub(crate) fn checked(self, rules: Vec<Rule>) -> Self {
        match self {
            shape if rules.is_empty() => shape,
            Self::Null => Self::Null,
            Self::Union(parts) if parts.contains(&Self::Null) => {
                let (_, others): (Vec<_>, Vec<_>) =
                    parts.into_iter().partition(|part| *part == Self::Null);
                Self::union([Self::union(others).checked(rules), Self::Null])
            }
            Self::Checked(shape, mut own) => {
                own.extend(rules);
                Self::Checked(shape, own)
            }
            shape => Self::Checked(Box::new(shape), rules),
        }
    }

    /// The type alone, without the rules in it.
    pub fn without_rules(&self) -> Self {
        match self {
            Self::Checked(shape, _) => shape.without_rules(),
            Self::Union(parts) => Self::union(parts.iter().map(Self::without_rules)),
            other => other.with_parts(&Self::without_rules),
        }
    }

    /// The same type of other parts: `part` gives what stands for each type that it is made of.
    pub fn with_parts(&self, part: &dyn Fn(&Self) -> Self) -> Self {
        let boxed = |shape: &Self| Box::new(part(shape));
        let all = |parts: &[Self]| parts.iter().map(part).collect();
        let properties = |properties: &[Property]| {
            let others = properties.iter().map(|property| Property {
                shape: part(&property.shape),
                ..property.clone()
            });
            others.collect()
        };
        match self {
            Self::Checked(inner, rules) => Self::Checked(boxed(inner), rules.clone()),
            Self::List(item) => Self::List(boxed(item)),
            Self::Map(value) => Self::Map(boxed(value)),
            Self::Tuple(places) => Self::Tuple(all(places)),
            Self::Union(members) => Self::Union(all(members)),
            Self::Intersection(parts) => Self::Intersection(all(parts)),
            Self::Object(known) => Self::Object(properties(known)),
            Self::Open(known, rest) => Self::Open(properties(known), boxed(rest)),
            Self::Any
            | Self::Never
            | Self::Null
            | Self::Scalar(_)
            | Self::Literal(_)
            | Self::Named(_) => self.clone(),
        }
    }

    /// Calls `visit` with the name of every named type in this one.
    pub fn each_name<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Named(name) => visit(name),
            Self::List(inner) | Self::Map(inner) | Self::Checked(inner, _) => {
                inner.each_name(visit)
            }
            Self::Tuple(parts) | Self::Union(parts) | Self::Intersection(parts) => {
                parts.iter().for_each(|part| part.each_name(visit));
            }
            Self::Object(properties) => {
                properties
                    .iter()
                    .for_each(|property| property.shape.each_name(visit));
            }
            Self::Open(properties, rest) => {
                properties
                    .iter()
                    .for_each(|property| property.shape.each_name(visit));
                rest.each_name(visit);
            }
            Self::Any | Self::Never | Self::Null | Self::Scalar(_) | Self::Literal(_) => {}
        }
    }
}
